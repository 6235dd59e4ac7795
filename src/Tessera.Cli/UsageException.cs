namespace Tessera.Cli;

/// <summary>The command was called in a way that makes no sense; the message says how to call it. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>Makes something of what was typed. The library's arguments name themselves and say what is allowed: that is the error of usage.</summary>
    /// <exception cref="UsageException">The library refuses an argument.</exception>
    public static T Guard<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message.ReplaceLineEndings(" "));
        }
    }
}
