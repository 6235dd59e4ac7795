namespace Tessera.Generation;

/// <summary>
/// Bans every token that would complete an n-gram which the sequence holds already, prompt included (Paulus et al. 2017, arXiv
/// 1705.04304; Hugging Face's <c>no_repeat_ngram_size</c>).
/// </summary>
[Method("no-repeat-n-gram", "A Deep Reinforced Model for Abstractive Summarization", "1705.04304", 2017, MethodStage.Logits)]
public sealed class NoRepeatNGram : LogitsStage
{
    private readonly int _n;

    /// <summary>Creates the stage.</summary>
    /// <param name="n">Length of the n-grams in tokens, at least 1. Default 3, the paper's.</param>
    public NoRepeatNGram(int n = 3) => _n = Require.AtLeast(n, 1, "NoRepeatNGram");

    /// <inheritdoc/>
    public override string Name => "no-repeat n-gram";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var history = context.History;
        if (history.Length < _n)
            return;
        var begun = history[^(_n - 1)..];
        for (var i = 0; i + _n <= history.Length; i++)
        {
            if (history.Slice(i, _n - 1).SequenceEqual(begun) && candidates.IndexOf(history[i + _n - 1]) is var at and >= 0)
                candidates.Logits[at] = float.NegativeInfinity;
        }

        candidates.DropImpossible();
    }
}
