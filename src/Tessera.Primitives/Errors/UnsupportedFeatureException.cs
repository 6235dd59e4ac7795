namespace Tessera;

/// <summary>
/// A well-formed input asks for something that Tessera does not do. It is refused by name rather than approximated.
/// </summary>
public sealed class UnsupportedFeatureException : TesseraException
{
    /// <summary>Creates the exception; the message reads <c>file: feature is not supported. advice</c>.</summary>
    /// <param name="file">The file's path, or the name of an input that is no file.</param>
    /// <param name="feature">What was asked for, in the words of the input (for example <c>model_type "rwkv"</c>).</param>
    /// <param name="advice">What the user can do instead; may be null.</param>
    public UnsupportedFeatureException(string file, string feature, string? advice = null)
        : base($"{file}: {feature} is not supported.{(advice is null ? "" : " " + advice)}")
    {
        File = file;
        Feature = feature;
    }

    /// <summary>The file's path, or the name of an input that is no file.</summary>
    public string File { get; }

    /// <summary>What was asked for.</summary>
    public string Feature { get; }
}
