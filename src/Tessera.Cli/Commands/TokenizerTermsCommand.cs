using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Domain;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer terms</c>: K-Tokeniser over a list of terms.</summary>
internal sealed class TokenizerTermsCommand
{
    private const string Summary = "Adds a domain's terms to a tokenizer (K-Tokeniser), and shows how a text is then cut.";

    private const string Details = """
        The terms stand in a file, one a line: the term, a tab, its type (drug, disease, statute …), and perhaps a tab and a weight. Each type gets
        subword tokens of its own; each word of the text is cut by the type that fits it and its sentence best, or as before. No text gets longer.
        Old ids stay; new tokens have the ids behind them. -o writes the new tokens with the old ids that each is made of: a model's new rows start
        from the mean of those rows.

        Examples:
          tessera tokenizer terms model-directory --terms drugs.tsv "Take metformin daily."
          tessera tokenizer terms tokenizer.json --terms terms.tsv --texts notes.txt --stop-words the,and --file note.txt --json
          tessera tokenizer terms tokenizer.json --terms terms.tsv -o new-tokens.tsv
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string> _tokenizer = TokenizerArguments.One();
    private readonly Argument<string?> _text = new("TEXT") { Description = "A text to cut.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _terms = new("--terms") { Description = "The terms.", HelpName = "FILE", Required = true };
    private readonly Option<string[]> _texts = new("--texts") { Description = "Texts of the domain, which tell how frequent the old tokens are there. Default: the terms.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _file = new("--file") { Description = "Takes the text from a file; '-' is the standard input.", HelpName = "FILE" };
    private readonly Option<string?> _stop = new("--stop-words") { Description = "Words that stay as they are, joined by commas.", HelpName = "WORDS" };
    private readonly Option<bool> _cased = new("--cased") { Description = "Capitals matter. Default: words are compared in small letters." };
    private readonly Option<double> _context = new("--context") { Description = "How much the sentence's type weighs (λ), from 0. Default 1.", HelpName = "WEIGHT", DefaultValueFactory = static _ => 1 };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Writes the new tokens: id, token, the old ids of its parts.", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes one JSON object." };

    private TokenizerTermsCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var terms = new TokenizerTermsCommand(console);
        var command = new TaughtCommand("terms", Summary, Details) { terms._tokenizer, terms._text, terms._terms, terms._texts, terms._file, terms._stop, terms._cased, terms._context, terms._output, terms._json };
        command.SetAction(terms.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var context = result.GetValue(_context);
        if (!(context >= 0) || !double.IsFinite(context)) throw new UsageException("--context is a number from 0.");
        var text = result.GetValue(_text);
        if (result.GetValue(_file) is { } file)
        {
            if (text is not null) throw new UsageException("Give a text or --file, not both.");
            text = file == "-" ? await _console.ReadToEndAsync(cancellation).ConfigureAwait(false) : await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false);
        }

        var path = result.GetRequiredValue(_terms);
        using var reader = new StreamReader(path);
        var list = DomainTerm.Read(reader, path);
        if (list.Count == 0) throw new UsageException($"{path} holds no terms.");
        var texts = await EvaluationTexts.ReadAsync(result.GetValue(_texts) ?? [], null, _console, cancellation).ConfigureAwait(false);
        var tokenizer = TokenizerArguments.Load(result.GetRequiredValue(_tokenizer), _console);
        var options = new KTokeniserOptions
        {
            ContextWeight = context,
            Lowercase = !result.GetValue(_cased),
            StopWords = (result.GetValue(_stop) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal),
        };
        var built = await Task.Run(() => KTokeniser.Build(tokenizer, list, [.. texts.SelectMany(static t => t.Texts)], options), cancellation).ConfigureAwait(false);
        if (result.GetValue(_output) is { } output) await WriteTokensAsync(output, built, cancellation).ConfigureAwait(false);
        var tokens = text is null ? [] : built.Encode(text);
        var before = text is null ? 0 : tokenizer.CountTokens(text, EncodeOptions.PlainText);
        if (result.GetValue(_json)) WriteJson(built, tokens, before);
        else WriteTables(built, text, tokens, before);
        return ExitCode.Success;
    }

    private static async Task WriteTokensAsync(string path, KTokeniser built, CancellationToken cancellation)
    {
        var lines = built.NewTokens.Select((token, i) => string.Create(CultureInfo.InvariantCulture, $"{built.Base.VocabularySize + i}\t{token}\t{string.Join(' ', built.Parts(token))}"));
        await File.WriteAllLinesAsync(path, lines, cancellation).ConfigureAwait(false);
    }

    private void WriteTables(KTokeniser built, string? text, IReadOnlyList<KToken> tokens, int before)
    {
        var types = new ResultTable("type", "#tokens", "#share of the terms");
        foreach (var type in built.Types) types.Add(VisibleText.ForTerminal(type.Name), Number(type.Tokens.Probabilities.Count), type.Prior.ToString("F3", CultureInfo.InvariantCulture));
        types.WriteTo(_console);
        _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{built.NewTokens.Count:N0} new tokens, {built.VocabularySize:N0} in all"));
        if (text is null) return;
        _console.Output.WriteLine();
        var table = new ResultTable("#id", "text", "type");
        foreach (var token in tokens)
        {
            table.AddColoured(
                token.Id >= built.Base.VocabularySize ? Spectre.Console.Color.Green : Spectre.Console.Color.Default,
                Number(token.Id), VisibleText.ForTerminal(text[token.Offset]), VisibleText.ForTerminal(token.Type ?? "–"));
        }

        table.WriteTo(_console);
        _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tokens.Count:N0} tokens; {before:N0} before"));
    }

    private void WriteJson(KTokeniser built, IReadOnlyList<KToken> tokens, int before) => JsonLine.Write(_console.Output, json =>
    {
        json.WriteStartArray("types");
        foreach (var type in built.Types)
        {
            json.WriteStartObject();
            json.WriteString("name", type.Name);
            json.WriteNumber("tokens", type.Tokens.Probabilities.Count);
            json.Number("prior", type.Prior);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("newTokens", built.NewTokens.Count);
        json.WriteNumber("vocabularySize", built.VocabularySize);
        json.WriteNumber("before", before);
        json.WriteStartArray("tokens");
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("token", token.Text);
            json.WriteNumber("start", token.Offset.Start.Value);
            json.WriteNumber("end", token.Offset.End.Value);
            json.WriteString("type", token.Type);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
