namespace Tessera.Cli.Output;

/// <summary>Progress that is told at once and in order, on the thread that makes it; unlike <see cref="Progress{T}"/>.</summary>
/// <param name="tell">Is told.</param>
internal sealed class Told<T>(Action<T> tell) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => tell(value);
}
