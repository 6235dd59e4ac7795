using System.CommandLine;
using Tessera.Cli.Output;
using Tessera.Generation;

namespace Tessera.Cli.Loading;

/// <summary>The option that keeps what the model remembers of a prompt in a file between calls.</summary>
internal sealed class PromptCacheArguments
{
    private readonly Option<string?> _file = new("--prompt-cache")
    {
        Description = "Keeps what the model remembers of prompt and answer in a file: a later call whose prompt begins the same reads only what is new, with the same answer to the last bit. Written anew by each call.",
        HelpName = "FILE",
    };

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(_file);

    /// <summary>Takes up what the file holds, if there is one and it fits.</summary>
    /// <exception cref="UsageException">What the session will hold can't be kept.</exception>
    /// <exception cref="MalformedInputException">The file is no such cache, or damaged; it is left alone.</exception>
    public void Begin(ParseResult result, Session session, CommandConsole console)
    {
        if (result.GetValue(_file) is not { } path) return;
        Write(session, Stream.Null); // says before the work whether it can be kept
        if (!File.Exists(path)) return;
        using var stream = File.OpenRead(path);
        if (!session.Load(stream)) console.Note($"({path} is of another model, adapter, arithmetic or processor: it is written anew)");
    }

    /// <summary>Writes what the session holds; a file is there whole or as it was.</summary>
    /// <exception cref="UsageException">What the session holds can't be kept.</exception>
    public void End(ParseResult result, Session session)
    {
        if (result.GetValue(_file) is not { } path) return;
        var unfinished = path + ".part";
        try
        {
            using (var stream = File.Create(unfinished)) Write(session, stream);
            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    private static void Write(Session session, Stream stream)
    {
        try
        {
            session.Save(stream);
        }
        catch (NotSupportedException e)
        {
            throw new UsageException($"--prompt-cache: {e.Message}");
        }
    }
}
