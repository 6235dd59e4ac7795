using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Measures;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer compare</c>: two tokenizers beside each other.</summary>
internal sealed class TokenizerCompareCommand
{
    private const string Summary = "Sets two tokenizers beside each other: what their vocabularies share, and where they cut a text differently.";

    private const string Details = """
        Vocabularies are compared by the bytes that tokens stand for, however files write them. With a text, every stretch that the two cut
        differently is shown, from one common boundary to the next; │ stands between tokens.

        Examples:
          tessera tokenizer compare a.json b.gguf
          tessera tokenizer compare a.json b.json "The Donaudampfschiff sails at 12:34."
          tessera tokenizer compare a.json b.json --file book.txt --most 50 --json

        With --json: {"vocabularies": [sizes], "shared", "onlyFirst", "onlySecond", "jaccard"}, and with a text "text": {tokens: [of each],
        differences: [{start, end, text, first, second}]}; start and end count UTF-16 units.
        """;

    private const int Shown = 30;

    private readonly CommandConsole _console;
    private readonly Argument<string> _first = new("A") { Description = "One tokenizer: a tokenizer.json, a .gguf, or a directory with a model's files." };
    private readonly Argument<string> _second = new("B") { Description = "The other one." };
    private readonly Argument<string?> _text = new("TEXT") { Description = "A text to cut with both.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _file = new("--file") { Description = "Takes the text from a file; '-' is the standard input.", HelpName = "FILE" };
    private readonly Option<int> _most = new("--most") { Description = $"How many differences to show. Default {Shown}.", HelpName = "N", DefaultValueFactory = static _ => Shown };
    private readonly Option<bool> _json = new("--json") { Description = "Writes one JSON object." };

    private TokenizerCompareCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var compare = new TokenizerCompareCommand(console);
        var command = new TaughtCommand("compare", Summary, Details) { compare._first, compare._second, compare._text, compare._file, compare._most, compare._json };
        command.SetAction(compare.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var (paths, most) = ((A: result.GetRequiredValue(_first), B: result.GetRequiredValue(_second)), result.GetValue(_most));
        if (most < 0) throw new UsageException("--most is at least 0.");
        var text = result.GetValue(_text);
        if (result.GetValue(_file) is { } file)
        {
            if (text is not null) throw new UsageException("Give a text or --file, not both.");
            text = file == "-" ? await _console.ReadToEndAsync(cancellation).ConfigureAwait(false) : await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false);
        }

        var (first, second) = (TokenizerArguments.Load(paths.A, _console), TokenizerArguments.Load(paths.B, _console));
        var overlap = VocabularyOverlap.Between(first, second);
        var tokens = text is null ? null : (EncodedToken[][])[first.EncodeToTokens(text, EncodeOptions.PlainText), second.EncodeToTokens(text, EncodeOptions.PlainText)];
        var differences = tokens is null ? [] : SegmentationDifference.Between(tokens[0], tokens[1]);
        if (result.GetValue(_json))
        {
            JsonLine.Write(_console.Output, json => WriteJson(json, first, second, overlap, text, tokens, differences, most));
            return ExitCode.Success;
        }

        var (a, b) = (TokenizerArguments.NameOf(paths.A), TokenizerArguments.NameOf(paths.B));
        var table = new ResultTable("what", "#value");
        table.Add($"tokens of {a}", Number(first.VocabularySize));
        table.Add($"tokens of {b}", Number(second.VocabularySize));
        table.Add("shared", Number(overlap.Shared));
        table.Add($"only {a}", Number(overlap.OnlyFirst));
        table.Add($"only {b}", Number(overlap.OnlySecond));
        table.Add("Jaccard", overlap.Jaccard.ToString("F3", CultureInfo.InvariantCulture));
        if (tokens is not null)
        {
            table.Add($"the text by {a}", Number(tokens[0].Length));
            table.Add($"the text by {b}", Number(tokens[1].Length));
            table.Add("stretches cut differently", Number(differences.Count));
        }

        table.WriteTo(_console);
        if (text is not null && differences.Count > 0 && most > 0) WriteDifferences(text, differences, most, a, b);
        return ExitCode.Success;
    }

    private void WriteDifferences(string text, IReadOnlyList<SegmentationDifference> differences, int most, string a, string b)
    {
        _console.Output.WriteLine();
        var table = new ResultTable("#at", a, b);
        foreach (var difference in differences.Take(most)) table.Add(Number(difference.Start), Cut(text, difference.First), Cut(text, difference.Second));
        table.WriteTo(_console);
        if (differences.Count > most) _console.Note($"{differences.Count - most:N0} more; --most N shows them.");
    }

    /// <summary>The tokens of a stretch as they stand in the text; those within one character share its place.</summary>
    private static string Cut(string text, IReadOnlyList<EncodedToken> tokens)
    {
        var parts = new List<string>();
        var end = -1;
        foreach (var token in tokens)
        {
            parts.Add(token.Offset.Start.Value >= end ? VisibleText.ForTerminal(text[token.Offset]) : "");
            end = Math.Max(end, token.Offset.End.Value);
        }

        return string.Join('│', parts);
    }

    private static void WriteJson(
        Utf8JsonWriter json, Tokenizer first, Tokenizer second, VocabularyOverlap overlap, string? text, EncodedToken[][]? tokens, IReadOnlyList<SegmentationDifference> differences, int most)
    {
        json.WriteStartArray("vocabularies");
        json.WriteNumberValue(first.VocabularySize);
        json.WriteNumberValue(second.VocabularySize);
        json.WriteEndArray();
        json.WriteNumber("shared", overlap.Shared);
        json.WriteNumber("onlyFirst", overlap.OnlyFirst);
        json.WriteNumber("onlySecond", overlap.OnlySecond);
        json.WriteNumber("jaccard", overlap.Jaccard);
        if (text is null || tokens is null) return;
        json.WriteStartObject("text");
        json.WriteStartArray("tokens");
        json.WriteNumberValue(tokens[0].Length);
        json.WriteNumberValue(tokens[1].Length);
        json.WriteEndArray();
        json.WriteNumber("count", differences.Count);
        json.WriteStartArray("differences");
        foreach (var difference in differences.Take(most))
        {
            json.WriteStartObject();
            json.WriteNumber("start", difference.Start);
            json.WriteNumber("end", difference.End);
            json.WriteString("text", text[difference.Start..difference.End]);
            json.Ids("first", [.. difference.First.Select(static t => t.Id)]);
            json.Ids("second", [.. difference.Second.Select(static t => t.Id)]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
