namespace Tessera.Golden.Tests;

/// <summary>A reader made of two functions.</summary>
internal sealed class FakeReader(Action<GoldenCase, GoldenCheck> run, Func<GoldenCase, bool>? covers = null) : IGoldenReader
{
    public string Name => "fake";

    public bool Covers(GoldenFile file, GoldenCase @case) => covers?.Invoke(@case) ?? true;

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken) => run(@case, check);
}
