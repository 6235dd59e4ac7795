namespace Tessera;

/// <summary>
/// Base of every exception that Tessera throws because of its input: a file, a text, a request, or a limit.
/// Wrong calls by the programmer throw the framework's <see cref="ArgumentException"/> family instead.
/// </summary>
public abstract class TesseraException : Exception
{
    /// <summary>Creates the exception with a message that says what is wrong and, where possible, what to do.</summary>
    /// <param name="message">One or two sentences for the user.</param>
    /// <param name="inner">The cause, if another exception revealed the fault.</param>
    protected TesseraException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
