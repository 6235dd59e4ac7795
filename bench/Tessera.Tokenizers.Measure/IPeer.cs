namespace Tessera.Tokenizers.Measure;

/// <summary>A tokenizer library of .NET with one vocabulary.</summary>
internal interface IPeer
{
    /// <summary>The library.</summary>
    string Name { get; }

    /// <summary>The ids of a text.</summary>
    IReadOnlyList<int> Encode(string text);
}
