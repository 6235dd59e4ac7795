using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Tokenizers;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenize</c>: how a text is cut.</summary>
internal sealed class TokenizeCommand
{
    private const string Summary = "Shows how a text is cut into tokens.";

    private const string Details = """
        Ids, pieces as the vocabulary writes them, and bytes. Needs no weights; -m also takes a tokenizer.json.

        Examples:
          tessera tokenize -m model.gguf "How is this cut?"
          tessera tokenize -m tokenizer.json --count < book.txt
          tessera tokenize -m model.gguf --plain "<|im_end|> as text"
          tessera tokenize -m model.gguf --json "Grüße"

        With --json: {"count":…, "tokens":[{id, piece, bytes (hexadecimal), start, end, special}]}; start and end count UTF-16 units.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly Argument<string?> _text = TextArgument.Create();
    private readonly Option<bool> _count = new("--count") { Description = "Writes the number of tokens only." };
    private readonly Option<bool> _noSpecial = new("--no-special") { Description = "Leaves out the tokens that the model expects around a text (begin of text, [CLS], [SEP] …)." };
    private readonly Option<bool> _plain = new("--plain") { Description = "Takes control tokens that the text spells out for text like any other." };

    private TokenizeCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var tokenize = new TokenizeCommand(console);
        var command = new TaughtCommand("tokenize", Summary, Details) { tokenize._text, tokenize._count, tokenize._noSpecial, tokenize._plain };
        tokenize._model.AddTo(command, computes: false);
        command.SetAction(tokenize.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var text = await TextArgument.ReadAsync(result.GetValue(_text), _console, cancellation).ConfigureAwait(false);
        var tokenizer = _model.LoadText(result, _console).Tokenizer;
        var options = new EncodeOptions { AddSpecialTokens = !result.GetValue(_noSpecial), ParseSpecial = !result.GetValue(_plain) };
        if (result.GetValue(_count)) WriteCount(tokenizer.CountTokens(text, options), _model.Json(result));
        else if (_model.Json(result)) WriteJson(tokenizer, tokenizer.EncodeToTokens(text, options));
        else WriteTable(tokenizer, tokenizer.EncodeToTokens(text, options));
        return ExitCode.Success;
    }

    private void WriteCount(int count, bool json)
    {
        if (json) JsonLine.Write(_console.Output, writer => writer.WriteNumber("count", count));
        else _console.Output.WriteLine(count.ToString(CultureInfo.InvariantCulture));
    }

    private void WriteJson(Tokenizer tokenizer, EncodedToken[] tokens) => JsonLine.Write(_console.Output, json =>
    {
        json.WriteNumber("count", tokens.Length);
        json.WriteStartArray("tokens");
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("piece", token.Value);
            json.Bytes("bytes", tokenizer.TokenBytes(token.Id));
            json.WriteNumber("start", token.Offset.Start.Value);
            json.WriteNumber("end", token.Offset.End.Value);
            json.WriteBoolean("special", tokenizer.IsSpecial(token.Id));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private void WriteTable(Tokenizer tokenizer, EncodedToken[] tokens)
    {
        var table = new ResultTable("#id", "piece", "text", "bytes");
        foreach (var token in tokens)
        {
            var bytes = tokenizer.TokenBytes(token.Id);
            table.AddColoured(
                tokenizer.IsSpecial(token.Id) ? Spectre.Console.Color.Yellow : Spectre.Console.Color.Default,
                token.Id.ToString(CultureInfo.InvariantCulture), VisibleText.ForTerminal(token.Value), VisibleText.Quote(bytes), Convert.ToHexStringLower(bytes));
        }

        table.WriteTo(_console);
    }
}
