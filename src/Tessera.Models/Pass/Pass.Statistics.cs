using Tessera.Models.Heads;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>
    /// What the head's distribution says of one target a row, without keeping the logits: rows run through the head in blocks, and each row
    /// is swept once.
    /// </summary>
    /// <param name="hidden">[rows, width], behind the final norm.</param>
    /// <param name="head">The head.</param>
    /// <param name="targets">The token that each row is asked about.</param>
    /// <param name="results">Takes the statistics of each row.</param>
    /// <param name="top">Takes the most probable tokens of each row, [rows, count]; empty for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A target is outside the vocabulary.</exception>
    public void Statistics(Value hidden, LanguageHead head, ReadOnlySpan<int> targets, Span<TokenStatistics> results, Span<TokenAlternative> top = default)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (targets.Length != hidden.Rows || results.Length < hidden.Rows) throw new ArgumentException("One target and one result a row.", nameof(targets));
        if (top.Length % hidden.Rows != 0) throw new ArgumentException("As many alternatives for every row.", nameof(top));
        var count = top.Length / hidden.Rows;
        var mark = _arena.Here;
        var logits = _arena.Floats((long)LossRows * head.VocabularySize);
        fixed (int* target = targets)
        fixed (TokenStatistics* result = results)
        fixed (TokenAlternative* alternative = top)
        {
            for (var from = 0; from < hidden.Rows; from += LossRows)
            {
                _cancellation.ThrowIfCancellationRequested();
                var rows = Math.Min(LossRows, hidden.Rows - from);
                HeadLogits(Pool, Arithmetic, hidden.RowPointer(from), rows, head, logits, _scratch);
                var sweep = new StatisticsRow
                {
                    Logits = logits, Vocabulary = head.VocabularySize, Targets = target + from, Results = result + from,
                    Top = alternative + (long)from * count, TopCount = count,
                };
                ForRows(rows, head.VocabularySize, ref sweep);
            }
        }

        _arena.Release(mark);
    }

    private struct StatisticsRow : IRowKernel
    {
        public float* Logits;
        public int Vocabulary;
        public int* Targets;
        public TokenStatistics* Results;
        public TokenAlternative* Top;
        public int TopCount;

        public readonly void Run(int row) => Results[row] = TokenStatistics.Compute(
            new ReadOnlySpan<float>(Logits + (long)row * Vocabulary, Vocabulary), Targets[row], new Span<TokenAlternative>(Top + (long)row * TopCount, TopCount), row);
    }
}
