using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Counts the words of texts on several threads: one reads blocks of texts, all normalise, cut and count, each in a counter of its own.
/// Memory holds a block per thread and the distinct words. The result does not depend on the number of threads.
/// </summary>
internal sealed class WordCounting
{
    private const int BlockBytes = 1 << 20; // large enough that handing blocks out costs nothing, small enough to stay in the caches

    private readonly TokenizerTrainerOptions _options;
    private readonly IProgress<TokenizerTrainingProgress>? _progress;
    private readonly Lock _report = new();

    /// <summary>Prepares a count.</summary>
    public WordCounting(TokenizerTrainerOptions options, IProgress<TokenizerTrainingProgress>? progress) => (_options, _progress) = (options, progress);

    /// <summary>Texts read.</summary>
    public long Texts { get; private set; }

    /// <summary>Bytes of text read.</summary>
    public long Bytes { get; private set; }

    /// <summary>Reports on the way from words to tokens; null where nobody listens.</summary>
    /// <param name="total">How many there will be.</param>
    /// <param name="stage">What is being done.</param>
    public Action<int>? Learning(int total, TokenizerTrainingStage stage = TokenizerTrainingStage.Learning) =>
        _progress is null ? null : done => _progress.Report(new TokenizerTrainingProgress(stage, done, total, Texts, Bytes));

    /// <summary>Reports that training is done.</summary>
    public void Finished(int tokens) => _progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingStage.Finished, tokens, tokens, Texts, Bytes));

    /// <summary>Counts what a pipeline makes of texts; byte-level words in the byte alphabet.</summary>
    public WordCounter Count(IEnumerable<ReadOnlyMemory<byte>> texts, TrainingPipeline pipeline, CancellationToken cancellationToken)
    {
        var words = Count(texts, () => new Cutter(pipeline.NormalizerStep, pipeline.CuttingStep).Cut, cancellationToken);
        return pipeline.IsByteLevel ? words.Rewritten(InByteAlphabet) : words;
    }

    /// <summary>Counts the pieces of texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cutter">Makes, for a thread, a function that cuts a text and counts its pieces by the action it is given.</param>
    /// <param name="cancellationToken">Ends the count with an exception.</param>
    public WordCounter Count(IEnumerable<ReadOnlyMemory<byte>> texts, Func<TextCutter> cutter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var counters = new ConcurrentBag<WordCounter>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.ThreadCount, CancellationToken = cancellationToken };
        try
        {
            Parallel.ForEach(
                Partitioner.Create(Blocks(texts), EnumerablePartitionerOptions.NoBuffering),
                parallel,
                () => (Words: new WordCounter(_options.MaxDistinctWords), Cut: cutter()),
                (block, _, state) =>
                {
                    CountBlock(block, state.Words, state.Cut, cancellationToken);
                    return state;
                },
                state => counters.Add(state.Words));
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.Flatten().InnerExceptions[0]);
        }

        return WordCounter.Join([.. counters], _options.MaxDistinctWords);
    }

    private void CountBlock(Block block, WordCounter words, TextCutter cut, CancellationToken cancellationToken)
    {
        // Where a word stands: the block's number in the high half, the word's place in the block in the low one.
        var place = (ulong)(uint)block.Number << 32;
        var start = 0;
        foreach (var end in block.Ends)
        {
            cancellationToken.ThrowIfCancellationRequested();
            cut(block.Bytes, start, end, words, ref place);
            start = end;
        }

        ArrayPool<byte>.Shared.Return(block.Bytes);
        lock (_report)
        {
            Texts += block.Ends.Count;
            Bytes += start;
            _progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingStage.Counting, Bytes, 0, Texts, Bytes));
        }
    }

    // Called by one thread at a time.
    private static IEnumerable<Block> Blocks(IEnumerable<ReadOnlyMemory<byte>> texts)
    {
        Block? block = null;
        var number = 0;
        foreach (var text in texts)
        {
            var valid = Utf8Text.Repair(text.Span);
            var length = block is null ? 0 : block.Ends[^1];
            if (block is not null && length + valid.Length > block.Bytes.Length)
            {
                yield return block;
                block = null;
                valid = Utf8Text.Repair(text.Span); // a span does not live across a yield
            }

            block ??= new Block(number++, ArrayPool<byte>.Shared.Rent(Math.Max(BlockBytes, valid.Length)), []);
            length = block.Ends.Count == 0 ? 0 : block.Ends[^1];
            valid.CopyTo(block.Bytes.AsSpan(length));
            block.Ends.Add(length + valid.Length);
        }

        if (block is not null) yield return block;
    }

    private static void InByteAlphabet(ReadOnlySpan<byte> word, WordCounter.Rewriter into)
    {
        Span<byte> character = stackalloc byte[4];
        foreach (var b in word) into.Add(character[..Utf8Text.Encode(ByteAlphabet.CharacterOf(b), character)]);
    }

    /// <summary>Cuts a text and counts its pieces, each at the next place.</summary>
    internal delegate void TextCutter(byte[] bytes, int start, int end, WordCounter words, ref ulong place);

    private sealed record Block(int Number, byte[] Bytes, List<int> Ends);

    /// <summary>The normalizer and the pre-tokenizer with a thread's working memory.</summary>
    private sealed class Cutter(Normalizer? normalizer, PreTokenizer? preTokenizer)
    {
        private readonly TextBuffer _source = new();
        private readonly TextBuffer _normalized = new() { MostBytes = int.MaxValue };
        private readonly PreTokenization _state = new();

        public void Cut(byte[] bytes, int start, int end, WordCounter words, ref ulong place)
        {
            _source.View(bytes, start, end - start, tracked: false);
            var current = normalizer is not null && normalizer.Apply(_source, _normalized) ? _normalized : _source;
            if (current.Length == 0) return;
            _state.Start(current, 0, current.Length, startsSource: true);
            preTokenizer?.Apply(_state);
            var text = _state.Text.Span;
            for (var i = 0; i < _state.Pieces.Count; i++)
            {
                var (from, to) = _state.Pieces[i];
                words.Add(text[from..to], 1, place++);
            }
        }
    }
}
