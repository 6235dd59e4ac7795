namespace Tessera.Fuzz;

/// <summary>Every kind of input that can be fuzzed. A new kind is one class and one line here.</summary>
internal static class FuzzKinds
{
    public static IReadOnlyList<IFuzzKind> All { get; } =
    [
        new GgufKind(), new SafetensorsKind(), new NGramKind(), new TextContainerKind(), new TokenizerJsonKind(), new CompactTokenizerKind(), new SentencePieceKind(), new RankFileKind(), new TemplateKind(), new TextKind(),
    ];
}
