namespace Tessera.Generation;

/// <summary>Bans the tokens that would end an answer until it has a least length (Hugging Face's <c>min_new_tokens</c>).</summary>
public sealed class MinNewTokens : LogitsStage
{
    private readonly int _least;
    private readonly int[] _stopIds;

    /// <summary>Creates the stage.</summary>
    /// <param name="least">Tokens that are generated before one of <paramref name="stopIds"/> may come.</param>
    /// <param name="stopIds">The tokens that end an answer.</param>
    public MinNewTokens(int least, IEnumerable<int> stopIds)
    {
        _least = Require.AtLeast(least, 0, "MinTokens");
        _stopIds = [.. stopIds];
    }

    /// <inheritdoc/>
    public override string Name => "min new tokens";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        if (context.Generated.Length >= _least)
            return;
        foreach (var id in _stopIds)
        {
            if (candidates.IndexOf(id) is var at and >= 0)
                candidates.Logits[at] = float.NegativeInfinity;
        }

        candidates.DropImpossible();
    }
}
