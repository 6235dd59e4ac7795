using System.CommandLine;
using System.Globalization;
using System.Text;
using Tessera.Cli.Output;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.EqualInfo;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer windows show</c>: a text in windows of equal information.</summary>
internal sealed class TokenizerWindowsShowCommand
{
    private const string Summary = "Cuts a text into windows of equal information and shows their tokens.";

    private const string Details = """
        Examples:
          tessera tokenizer windows show book.ngram "Call me Ishmael."
          tessera tokenizer windows show book.ngram --bits 64 --vocabulary 256 - < letter.txt
          tessera tokenizer windows show book.ngram --table --json - < letter.txt

        With --json a line {"window":{start, length, used, ids}} for each window, or {"token":{start, length, id}} with --table, and at last {"done":{textBytes, tokens, bytesPerToken}}.
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string> _model = new("MODEL") { Description = "The byte model, made by 'tessera tokenizer windows fit'." };
    private readonly Argument<string?> _text = TextArgument.Create();
    private readonly Option<int> _bits = new("--bits") { Description = "Bits of a window: 16 to 128, a multiple of a token's. Default 16.", HelpName = "N", DefaultValueFactory = static _ => 16 };
    private readonly Option<int> _vocabulary = new("--vocabulary") { Description = "Tokens that there are: 256 or 65536. Default 65536.", HelpName = "N", DefaultValueFactory = static _ => 65_536 };
    private readonly Option<bool> _table = new("--table") { Description = "The table of 65,536 tokens for windows of 16 bits, which needs no counts to decode." };
    private readonly Option<bool> _json = new("--json") { Description = "Writes JSON." };

    private TokenizerWindowsShowCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var show = new TokenizerWindowsShowCommand(console);
        var command = new TaughtCommand("show", Summary, Details) { show._model, show._text, show._bits, show._vocabulary, show._table, show._json };
        command.SetAction(show.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var (isTable, isJson) = (result.GetValue(_table), result.GetValue(_json));
        if (isTable && (result.GetValue(_bits) != 16 || result.GetValue(_vocabulary) != 65_536)) throw new UsageException("--table is for windows of 16 bits and 65536 tokens; leave out --bits and --vocabulary.");
        var model = NGramFile.Load(result.GetRequiredValue(_model));
        var windows = isTable ? null : Windows(model, result);
        var text = Encoding.UTF8.GetBytes(await TextArgument.ReadAsync(result.GetValue(_text), _console, cancellation).ConfigureAwait(false));
        var parts = windows is null
            ? await Task.Run(() => OfTable(EqualInfoTable.Build(model, cancellation: cancellation), text), cancellation).ConfigureAwait(false)
            : [.. OfWindows(windows, text)];
        if (isJson) WriteJson(parts, isTable, text.Length);
        else Write(parts, text);
        return ExitCode.Success;
    }

    private EqualInfoWindows Windows(NGramByteModel model, ParseResult result)
    {
        try
        {
            return new EqualInfoWindows(model, result.GetValue(_bits), result.GetValue(_vocabulary));
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message.Split(" (Parameter", 2)[0]);
        }
    }

    private static IEnumerable<Part> OfWindows(EqualInfoWindows windows, byte[] text) =>
        windows.Cut(text).Select(window => new Part(window.Start, window.Length, window.UsedBits, windows.IdsOf(window)));

    private static List<Part> OfTable(EqualInfoTable table, byte[] text)
    {
        var (parts, at) = (new List<Part>(), 0);
        foreach (var id in table.Encode(text))
        {
            var length = table.TokenBytes(id).Length;
            parts.Add(new Part(at, length, null, [id]));
            at += length;
        }

        return parts;
    }

    private void Write(IReadOnlyList<Part> parts, byte[] text)
    {
        var table = new ResultTable("#start", "text", "used", "ids");
        foreach (var part in parts)
            table.Add(Number(part.Start), VisibleText.Quote(text.AsSpan(part.Start, part.Length)), part.Used is { } used ? Number(used) : "", string.Join(' ', part.Ids.Select(Number)));
        table.WriteTo(_console);
        var tokens = parts.Sum(static p => p.Ids.Length);
        _console.Note(string.Create(CultureInfo.InvariantCulture, $"{text.Length:N0} bytes, {tokens:N0} tokens: {(tokens == 0 ? 0 : text.Length / (double)tokens):F2} bytes a token"));
    }

    private void WriteJson(IReadOnlyList<Part> parts, bool isTable, int textBytes)
    {
        foreach (var part in parts)
        {
            JsonLine.Write(_console.Output, json =>
            {
                json.WriteStartObject(isTable ? "token" : "window");
                json.WriteNumber("start", part.Start);
                json.WriteNumber("length", part.Length);
                if (part.Used is { } used) json.WriteNumber("used", used);
                if (isTable) json.WriteNumber("id", part.Ids[0]);
                else json.Ids("ids", part.Ids);
                json.WriteEndObject();
            });
        }

        var tokens = parts.Sum(static p => p.Ids.Length);
        JsonLine.Write(_console.Output, json =>
        {
            json.WriteStartObject("done");
            json.WriteNumber("textBytes", textBytes);
            json.WriteNumber("tokens", tokens);
            json.Number("bytesPerToken", tokens == 0 ? 0 : textBytes / (double)tokens);
            json.WriteEndObject();
        });
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Part(int Start, int Length, int? Used, int[] Ids);
}
