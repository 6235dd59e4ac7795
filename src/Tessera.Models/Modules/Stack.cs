using Tessera.Models.Architectures;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Modules;

/// <summary>
/// The unit with a door: rows in, hidden rows out. A decoder or an encoder is one stack; an encoder-decoder is two. Immutable and shared;
/// what a sequence needs lives in its <see cref="State.Sequence"/>, what a run needs in its <see cref="Pass"/>.
/// </summary>
public sealed class Stack
{
    /// <summary>What the stack is.</summary>
    public required StackConfig Config { get; init; }

    /// <summary>The embedding table, [vocabulary, width].</summary>
    public required Parameter Embedding { get; init; }

    /// <summary>The learned positions, [positions, width], or null.</summary>
    public Parameter? PositionTable { get; init; }

    /// <summary>The token types, [types, width], or null.</summary>
    public Parameter? TokenTypeTable { get; init; }

    /// <summary>The norm behind the embedding, or null.</summary>
    public NormWeights? EmbeddingNorm { get; init; }

    /// <summary>The map from the embedding's width to the stack's, or null.</summary>
    public LinearMap? EmbeddingProjection { get; init; }

    /// <summary>The layers.</summary>
    public required IReadOnlyList<Block> Blocks { get; init; }

    /// <summary>The norm behind the last layer, or null.</summary>
    public NormWeights? FinalNorm { get; init; }

    /// <summary>Every weight, each once, under its canonical name.</summary>
    public required IReadOnlyDictionary<string, Parameter> Parameters { get; init; }

    /// <summary>The whole way: embed, all layers, final norm.</summary>
    /// <param name="pass">A pass that has begun.</param>
    /// <returns>The head's input, [rows, width].</returns>
    public Value Run(Pass pass) => Finish(pass, RunLayers(pass, Embed(pass), 0, Blocks.Count));

    /// <summary>Whether a pass through the stack meets a point, so that hooks there are called.</summary>
    public bool Has(HookPoint point) => point is HookPoint.Embed or HookPoint.FinalNorm || Blocks.Any(b => b.Has(point));

    /// <summary>The input of the first layer: embeddings, positions, types and norm.</summary>
    public Value Embed(Pass pass)
    {
        var x = pass.Embed(Embedding, Config.EmbeddingScale);
        if (PositionTable is { } positions) x = pass.AddRows(x, positions, pass.Rows.Positions);
        if (TokenTypeTable is { } types) x = pass.AddRows(x, types, pass.Rows.TokenTypes);
        if (EmbeddingNorm is { } norm) x = pass.Norm(x, norm);
        if (EmbeddingProjection is { } projection) x = pass.Linear(x, projection);
        return pass.Hook(HookPoint.Embed, -1, x);
    }

    /// <summary>Runs rows through the layers [<paramref name="from"/>, <paramref name="to"/>).</summary>
    /// <param name="pass">A pass that has begun.</param>
    /// <param name="x">The residual stream before layer <paramref name="from"/>, [rows, width]; may be overwritten.</param>
    /// <param name="from">First layer.</param>
    /// <param name="to">One past the last layer.</param>
    /// <returns>The residual stream behind layer <paramref name="to"/> − 1.</returns>
    public Value RunLayers(Pass pass, Value x, int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, Blocks.Count);
        for (var layer = from; layer < to; layer++)
        {
            var mark = pass.Mark();
            x = pass.Release(mark, pass.Schedules is { } schedules ? schedules.Run(pass, Blocks[layer], x, layer) : Blocks[layer].Run(pass, x, layer));
        }

        return x;
    }

    /// <summary>The final norm, where the stack has one.</summary>
    public Value Finish(Pass pass, Value x) => pass.Hook(HookPoint.FinalNorm, -1, FinalNorm is { } norm ? pass.Norm(x, norm) : x);
}
