namespace Tessera;

/// <summary>
/// Input from outside (a model file, a tokenizer, a chat template, a configuration) breaks the rules of its format.
/// Says which file, where in it, and why.
/// </summary>
public sealed class MalformedInputException : TesseraException
{
    /// <summary>Creates the exception; the message reads <c>file: place: reason</c>.</summary>
    /// <param name="file">The file's path, or a name such as <c>chat template</c> for input that is no file.</param>
    /// <param name="place">Where in it: an offset, a key, a JSON path, a tensor's name, a line and column.</param>
    /// <param name="reason">What is wrong there, with the numbers involved.</param>
    /// <param name="inner">The cause, if another exception revealed the fault.</param>
    public MalformedInputException(string file, string place, string reason, Exception? inner = null)
        : base($"{file}: {place}: {reason}", inner)
    {
        File = file;
        Place = place;
        Reason = reason;
    }

    /// <summary>The file's path, or the name of an input that is no file.</summary>
    public string File { get; }

    /// <summary>Where in the input the fault lies.</summary>
    public string Place { get; }

    /// <summary>What is wrong.</summary>
    public string Reason { get; }
}
