using Tessera.Tokenizers;
using Tessera.Tokenizers.Templates;

namespace Tessera.Golden;

/// <summary>The ids of a rendered chat, control tokens recognised and nothing added, cut at a length where there is one; and which of them are the assistant's.</summary>
internal sealed class ChatIdsReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        TokenizerFiles.IsNamedIn(file) && @case.Has("input") && (@case.Input.Has("messages") || @case.Input.Has("conversation")) && !@case.Input.Has("max_new_tokens")
        && @case.Expected.Has("text") && @case.Expected.Has("ids");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var options = EncodeOptions.NoSpecials with
        {
            OffsetUnit = OffsetUnit.Scalar, Truncation = @case.Input.Find("max_length") is { IsNull: false } most ? new TruncationOptions { MaxLength = most.AsInt() } : null,
        };
        var encoding = TokenizerFiles.Of(@case.File)!.Encode(expected["text"].AsString(), null, options);
        check.SameIds(expected["ids"], encoding.Ids);
        if (expected.Find("assistant_mask") is not { } mask) return;

        var ranges = expected["assistant_ranges"].AsIntRows();
        var own = new bool[encoding.Ids.Length];
        AssistantMask.Fill(encoding.Offsets, [.. ranges.Select(static r => (r[0], r[1]))], own);
        check.SameIds(mask, Array.ConvertAll(own, static m => m ? 1 : 0));
    }
}
