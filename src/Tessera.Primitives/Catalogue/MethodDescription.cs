namespace Tessera;

/// <summary>A method in the catalogue: the paper that it follows, what it changes, its options, and how to make one.</summary>
public sealed record MethodDescription
{
    /// <summary>What people type.</summary>
    public required string Name { get; init; }

    /// <summary>The paper's title.</summary>
    public required string Paper { get; init; }

    /// <summary>The paper's arXiv number, DOI or address.</summary>
    public required string ArXiv { get; init; }

    /// <summary>The year of the paper's first version.</summary>
    public required int Year { get; init; }

    /// <summary>What it changes.</summary>
    public required MethodStage Stage { get; init; }

    /// <summary>The type that holds it, with its namespace.</summary>
    public required string Type { get; init; }

    /// <summary>What it does, in plain words.</summary>
    public required string Summary { get; init; }

    /// <summary>Its options, in the order of the constructor.</summary>
    public required IReadOnlyList<MethodOption> Options { get; init; }

    /// <summary>Makes one from settings; null where a method needs more than settings (a model, a text).</summary>
    public Func<MethodSettings, object>? Factory { get; init; }

    /// <summary>Makes one.</summary>
    /// <typeparam name="T">What is wanted: a logits stage, a policy, a strategy …</typeparam>
    /// <param name="settings">Values for its options; what is not given has its default.</param>
    /// <exception cref="ArgumentException">The method is no <typeparamref name="T"/>, an option is unknown, or a value is out of range.</exception>
    public T Create<T>(MethodSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (Factory is null) throw new ArgumentException($"{Name} can't be made from settings alone.", nameof(settings));
        settings.RefuseUnknown(Name, Options);
        return Factory(settings) is T made ? made : throw new ArgumentException($"{Name} is of the stage {Stage}, and not what is wanted here.", nameof(settings));
    }
}
