namespace Tessera.Tokenizers.Tiktoken;

/// <summary>The rank file of a known encoding is not where it is looked for; the message says where to fetch it from and where to put it.</summary>
public sealed class RankFileMissingException : TesseraException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="encoding">The encoding.</param>
    /// <param name="path">Where the file belongs.</param>
    public RankFileMissingException(TiktokenEncoding encoding, string path)
        : base($"The ranks of {encoding.Name} are not at {path}. Fetch {encoding.Address} and put it there.") => (Encoding, Path) = (encoding, path);

    /// <summary>The encoding.</summary>
    public TiktokenEncoding Encoding { get; }

    /// <summary>Where the file belongs.</summary>
    public string Path { get; }
}
