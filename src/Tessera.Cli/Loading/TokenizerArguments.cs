using System.CommandLine;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Tokenizers;

namespace Tessera.Cli.Loading;

/// <summary>How commands name a tokenizer, and the one way in which it is loaded.</summary>
internal static class TokenizerArguments
{
    private const string Kinds = "a tokenizer.json, a SentencePiece .model, a .tiktoken with the name of its encoding (o200k_base.tiktoken), a .tok, a .gguf, or a directory with a model's files";

    /// <summary>One tokenizer.</summary>
    public static Argument<string> One() => new("TOKENIZER") { Description = $"The tokenizer: {Kinds}.", HelpName = "FILE-or-DIRECTORY" };

    /// <summary>One tokenizer or several.</summary>
    public static Argument<string[]> Many() => new("TOKENIZER") { Description = $"The tokenizers, each {Kinds}.", HelpName = "FILE-or-DIRECTORY", Arity = ArgumentArity.OneOrMore };

    /// <summary>Loads a tokenizer.</summary>
    /// <param name="path">What the user wrote.</param>
    /// <param name="console">Is told what the files leave open.</param>
    public static Tokenizer Load(string path, CommandConsole console)
    {
        if (path.Length == 0) throw new UsageException("A tokenizer is a file or a directory, not an empty name.");
        var tokenizer = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".tiktoken" => Tokenizer.LoadTiktoken(path),
            ".model" => Tokenizer.LoadSentencePiece(path),
            ".tok" => Tokenizer.Load(path),
            _ => ModelText.Load(path).Tokenizer,
        };
        foreach (var warning in tokenizer.Warnings) console.Note(warning);
        return tokenizer;
    }

    /// <summary>A short name for tables: of a file called tokenizer.json, or of a model's only file, the directory's.</summary>
    public static string NameOf(string path)
    {
        var full = Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar);
        return Path.GetFileName(full) == "tokenizer.json" ? Path.GetFileName(Path.GetDirectoryName(full)!) : Path.GetFileNameWithoutExtension(full) is { Length: > 0 } name && File.Exists(full) ? name : Path.GetFileName(full);
    }
}
