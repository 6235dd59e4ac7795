using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers;

/// <content>Pre-tokenizer and model at once, and the working memory that calls pass on to each other.</content>
public sealed partial class Tokenizer
{
    /// <summary>The fused pipeline, unless there is none or too little text was seen for it; what threads count at once may get lost.</summary>
    private FusedPipeline? Fused(int length)
    {
        if (_unfusedBytes <= 0) return _fused.Value;
        _unfusedBytes -= length;
        return _unfusedBytes <= 0 ? _fused.Value : null;
    }

    /// <summary>Pre-tokenizer and model at once; false where the text is one for the parts.</summary>
    private static bool TryFused(TextBuffer text, int start, int end, bool startsSource, ref PipelineRun run)
    {
        var tokens = run.Scratch.Tokens;
        var first = tokens.Count;
        var stretch = text.Span[start..end];
        if (run.Fused!.Declines(stretch) || !run.Fused.Tokenize(stretch, startsSource, tokens, run.Scratch, ref run.Word)) return false;
        if (tokens.IsDetailed) text.Locate(start, tokens.Starts[first..], tokens.Ends[first..]);
        return true;
    }

    private void Return(EncodeScratch scratch)
    {
        // What one long document needed is not kept for the short ones.
        if (!scratch.IsOrdinary) scratch = scratch.Successor();
        var home = HomeOf(_scratch);
        if (Interlocked.CompareExchange(ref _scratch[home], scratch, null) is null) return;
        for (var i = 0; i < _scratch.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _scratch[i], scratch, null) is null) return;
        }
    }

    /// <summary>A scratch that nobody uses: the calling thread's usual one, since its cache is warm, or another, or a new one.</summary>
    private EncodeScratch TakeScratch()
    {
        var home = HomeOf(_scratch);
        if (Interlocked.Exchange(ref _scratch[home], null) is { } usual) return usual;
        for (var i = 0; i < _scratch.Length; i++)
        {
            if (_scratch[i] is not null && Interlocked.Exchange(ref _scratch[i], null) is { } other) return other;
        }

        return new EncodeScratch();
    }

    private static int HomeOf(EncodeScratch?[] scratch) => (int)((uint)Environment.CurrentManagedThreadId % (uint)scratch.Length);
}
