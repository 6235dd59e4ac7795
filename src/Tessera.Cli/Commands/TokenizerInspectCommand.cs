using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Tokenizers;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer inspect</c>: the parts of a tokenizer, and how it makes the tokens of a text.</summary>
internal sealed class TokenizerInspectCommand
{
    private const string Summary = "Shows what a tokenizer is made of, and how it makes the tokens of a text.";

    private const string Details = """
        Without a text: the model, the vocabulary and the steps around it. With one: each token's id, bytes, kind and place, and for a BPE the
        tree of merges behind each token: at each branch the rank of the merge (lower ranks go first).

        Examples:
          tessera tokenizer inspect tokenizer.json
          tessera tokenizer inspect model.gguf "unbelievable"
          tessera tokenizer inspect model-directory "unbelievable" --json

        With --json: {"model", "vocabulary", "tokens", "merges", "added", "special", "steps":[{name, description}]}; with a text one object
        {"tokens":[{id, piece, bytes (hexadecimal), kind, start, end, tree}]}, where a tree is {token, id} or {token, id, rank, left, right},
        and null where no merges lead to the token.
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string> _tokenizer = TokenizerArguments.One();
    private readonly Argument<string?> _text = new("TEXT") { Description = "A word or a text.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _noSpecial = new("--no-special") { Description = "Leaves out the tokens that the model expects around a text." };
    private readonly Option<bool> _json = new("--json") { Description = "Writes JSON." };

    private TokenizerInspectCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var inspect = new TokenizerInspectCommand(console);
        var command = new TaughtCommand("inspect", Summary, Details) { inspect._tokenizer, inspect._text, inspect._noSpecial, inspect._json };
        command.SetAction(inspect.Invoke);
        return command;
    }

    private int Invoke(ParseResult result)
    {
        var tokenizer = TokenizerArguments.Load(result.GetRequiredValue(_tokenizer), _console);
        var json = result.GetValue(_json);
        if (result.GetValue(_text) is { } text)
        {
            var tokens = tokenizer.EncodeToTokens(text, new EncodeOptions { AddSpecialTokens = !result.GetValue(_noSpecial) });
            if (json) WriteTokensAsJson(tokenizer, tokens);
            else WriteTokens(tokenizer, tokens);
        }
        else if (json)
        {
            WriteSummaryAsJson(tokenizer.Summarize());
        }
        else
        {
            WriteSummary(tokenizer.Summarize());
        }

        return ExitCode.Success;
    }

    private void WriteSummary(TokenizerSummary summary)
    {
        var table = new ResultTable("what", "value");
        table.Add("model", summary.Model);
        table.Add("vocabulary", Text(summary.VocabularySize));
        table.Add("tokens", Text(summary.TokenCount));
        if (summary.MergeCount is { } merges) table.Add("merges", Text(merges));
        table.Add("added", Text(summary.AddedCount));
        table.Add("special", Text(summary.SpecialCount));
        foreach (var (name, description) in summary.Steps) table.Add(name.Replace('_', '-'), VisibleText.ForTerminal(description));
        table.WriteTo(_console);
    }

    private void WriteSummaryAsJson(TokenizerSummary summary) => JsonLine.Write(_console.Output, json =>
    {
        json.WriteString("model", summary.Model);
        json.WriteNumber("vocabulary", summary.VocabularySize);
        json.WriteNumber("tokens", summary.TokenCount);
        if (summary.MergeCount is { } merges) json.WriteNumber("merges", merges);
        json.WriteNumber("added", summary.AddedCount);
        json.WriteNumber("special", summary.SpecialCount);
        json.WriteStartArray("steps");
        foreach (var (name, description) in summary.Steps)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("description", description);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private void WriteTokens(Tokenizer tokenizer, EncodedToken[] tokens)
    {
        var table = new ResultTable("#id", "piece", "text", "bytes", "kind", "place");
        foreach (var token in tokens)
        {
            var kind = tokenizer.KindOf(token.Id);
            var bytes = tokenizer.TokenBytes(token.Id);
            table.AddColoured(
                kind == TokenKind.Special ? Spectre.Console.Color.Yellow : Spectre.Console.Color.Default,
                Text(token.Id), VisibleText.ForTerminal(token.Value), VisibleText.Quote(bytes), Convert.ToHexStringLower(bytes), Name(kind),
                string.Create(CultureInfo.InvariantCulture, $"{token.Offset.Start.Value}..{token.Offset.End.Value}"));
        }

        table.WriteTo(_console);
        foreach (var id in tokens.Select(static t => t.Id).Distinct())
        {
            if (tokenizer.MergeTreeOf(id) is not { Left: not null } tree) continue;
            _console.Output.WriteLine();
            Draw(tokenizer, tree, "", "");
        }
    }

    /// <summary>A tree as lines: a token, its rank, and below it its parts.</summary>
    private void Draw(Tokenizer tokenizer, MergeTree tree, string first, string rest)
    {
        var text = tree.Id < 0 ? VisibleText.ForTerminal(tree.Token) : VisibleText.Quote(tokenizer.TokenBytes(tree.Id));
        _console.Output.WriteLine(tree.Rank is { } rank
            ? string.Create(CultureInfo.InvariantCulture, $"{first}{text}  id {tree.Id}, merge {rank}")
            : $"{first}{text}");
        if (tree.Left is null || tree.Right is null) return;
        Draw(tokenizer, tree.Left, rest + "├─ ", rest + "│  ");
        Draw(tokenizer, tree.Right, rest + "└─ ", rest + "   ");
    }

    private void WriteTokensAsJson(Tokenizer tokenizer, EncodedToken[] tokens) => JsonLine.Write(_console.Output, json =>
    {
        json.WriteStartArray("tokens");
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("piece", token.Value);
            json.Bytes("bytes", tokenizer.TokenBytes(token.Id));
            json.WriteString("kind", Name(tokenizer.KindOf(token.Id)));
            json.WriteNumber("start", token.Offset.Start.Value);
            json.WriteNumber("end", token.Offset.End.Value);
            json.WritePropertyName("tree");
            WriteTree(json, tokenizer.MergeTreeOf(token.Id));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void WriteTree(Utf8JsonWriter json, MergeTree? tree)
    {
        if (tree is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("token", tree.Token);
        json.WriteNumber("id", tree.Id);
        if (tree.Rank is { } rank)
        {
            json.WriteNumber("rank", rank);
            json.WritePropertyName("left");
            WriteTree(json, tree.Left);
            json.WritePropertyName("right");
            WriteTree(json, tree.Right);
        }

        json.WriteEndObject();
    }

    private static string Name(TokenKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
