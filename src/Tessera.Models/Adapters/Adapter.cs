using System.Diagnostics.CodeAnalysis;
using Tessera.Models.Modules;

namespace Tessera.Models.Adapters;

/// <summary>
/// A low-rank adapter (LoRA: Low-Rank Adaptation of Large Language Models, arXiv:2106.09685): for some of a model's matrices W a pair of thin
/// factors, so that the matrix acts as W + scale·B·A, while the model itself stays as it is. A sequence names its adapter when it is created
/// (<see cref="State.SequenceOptions.Adapter"/>); sequences with different adapters, and with none, run in one batch, each to the bit as alone.
/// Immutable and shared.
/// </summary>
public sealed class Adapter
{
    private readonly Dictionary<string, LowRankMap> _maps;

    /// <summary>Puts an adapter together.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="maps">What is added, by the canonical name of the matrix (<c>model.layers.0.self_attn.q_proj.weight</c>); at least one.</param>
    /// <exception cref="ArgumentException">There is no map.</exception>
    public Adapter(string name, IReadOnlyDictionary<string, LowRankMap> maps)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(maps);
        if (maps.Count == 0) throw new ArgumentException("An adapter adds to one matrix at least.", nameof(maps));
        Name = name;
        _maps = new Dictionary<string, LowRankMap>(maps, StringComparer.Ordinal);
    }

    /// <summary>What errors call it.</summary>
    public string Name { get; }

    /// <summary>What is added, by the canonical name of the matrix.</summary>
    public IReadOnlyDictionary<string, LowRankMap> Maps => _maps;

    /// <summary>Refuses a stack that this adapter is not for.</summary>
    /// <param name="stack">The stack.</param>
    /// <exception cref="ArgumentException">A name is none of the stack's matrices that run over the rows of a pass (tables, heads and what an encoder's output runs through are none), or has another shape.</exception>
    public void Check(Stack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var found = 0;
        foreach (var block in stack.Blocks)
        {
            foreach (var map in block.Maps)
            {
                if (!_maps.TryGetValue(map.Weight.Name, out var low)) continue;
                found++;
                if (low.Inputs != map.Inputs || low.Outputs != map.Outputs)
                    throw new ArgumentException($"{Name} adapts {map.Weight.Name} as [{low.Outputs}, {low.Inputs}]; it is [{map.Outputs}, {map.Inputs}].", nameof(stack));
            }
        }

        if (found == _maps.Count) return;
        var known = stack.Blocks.SelectMany(b => b.Maps).Select(m => m.Weight.Name).ToHashSet(StringComparer.Ordinal);
        throw new ArgumentException($"{Name} adapts {_maps.Keys.First(n => !known.Contains(n))}, which is no matrix in the layers of this {stack.Config.ModelType}.", nameof(stack));
    }

    internal bool TryGet(string weight, [NotNullWhen(true)] out LowRankMap? map) => _maps.TryGetValue(weight, out map);
}
