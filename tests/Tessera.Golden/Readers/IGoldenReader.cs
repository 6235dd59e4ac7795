namespace Tessera.Golden;

/// <summary>
/// Runs the cases of one kind. A reader says what it covers by looking at content (the file's method and form, the case's kind and keys,
/// what stands beside the file), never at a list of files or names, so that other files of the same form run as well.
/// </summary>
public interface IGoldenReader
{
    /// <summary>The reader's name in reports.</summary>
    string Name => GetType().Name;

    /// <summary>Whether this reader judges the case. Cheap; what it reads of the case does not count as read.</summary>
    bool Covers(GoldenFile file, GoldenCase @case);

    /// <summary>
    /// Computes what the case asks for and compares it through <paramref name="check"/>, every key under <c>expected</c>. Exceptions that
    /// escape are failures of the case, except <see cref="NotCoveredException"/>.
    /// </summary>
    void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken);
}
