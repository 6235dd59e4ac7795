using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera embed</c>: texts to vectors.</summary>
internal sealed class EmbedCommand
{
    private const string Summary = "Turns texts into vectors that lie close where the meaning is close.";

    private const string Details = """
        The cosine of two vectors says how close their texts are. Takes an encoder in the form of sentence-transformers (all-MiniLM-L6-v2, say); pooling, length and normalising follow the files in
        its directory.

        Examples:
          tessera embed -m all-minilm-l6-v2 "A cat sleeps." "A dog barks."
          tessera embed -m all-minilm-l6-v2 --json - < sentences.txt
          tessera embed -m all-minilm-l6-v2 --exact "32-bit arithmetic throughout"

        Several texts in a terminal show their cosines. Elsewhere: a line of numbers a text. With --json a line
        {"text":…, "embedding":[…]} for each.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly Argument<string[]> _texts = new("TEXT")
    {
        Description = "The texts; '-' reads the standard input, a text a line, as does giving none where the input is redirected.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private EmbedCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var embed = new EmbedCommand(console);
        var command = new TaughtCommand("embed", Summary, Details) { embed._texts };
        embed._model.AddTo(command);
        command.SetAction(embed.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var texts = result.GetValue(_texts) ?? [];
        if (texts is [] && _console.InputIsTerminal) throw new UsageException("Give a text, or '-' to read texts from the standard input.");
        if (texts is [] or ["-"]) texts = [.. await LinesAsync(cancellation).ConfigureAwait(false)];
        using var package = _model.Load(result, _console);
        using var encoder = new SentenceEncoder(package, passes: _model.Passes(result));
        var vectors = await Task.Run(() => encoder.Encode(texts, cancellation), cancellation).ConfigureAwait(false);
        for (var i = 0; i < texts.Length; i++)
        {
            var (text, vector) = (texts[i], vectors[i]);
            if (_model.Json(result)) WriteJson(text, vector);
            else if (!_console.OutputIsTerminal) _console.Output.WriteLine(string.Join(' ', vector.Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
        }

        if (!_model.Json(result) && _console.OutputIsTerminal) ShowCosines(texts, vectors);
        return ExitCode.Success;
    }

    private async Task<List<string>> LinesAsync(CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (await _console.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line) lines.Add(line);
        return lines;
    }

    private void WriteJson(string text, float[] vector) => JsonLine.Write(_console.Output, json =>
    {
        json.WriteString("text", text);
        json.WriteStartArray("embedding");
        foreach (var value in vector) json.WriteNumberValue(value);
        json.WriteEndArray();
    });

    private void ShowCosines(string[] texts, float[][] vectors)
    {
        var table = new ResultTable(["text", .. vectors.Select((_, i) => FormattableString.Invariant($"#{i + 1}"))]);
        for (var i = 0; i < texts.Length; i++)
        {
            var row = vectors[i];
            table.Add([
                FormattableString.Invariant($"{i + 1} ") + VisibleText.ForTerminal(texts[i]),
                .. vectors.Select(v => System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(row, v).ToString("F3", CultureInfo.InvariantCulture))]);
        }

        table.WriteTo(_console);
        _console.Note($"Cosines; vectors of {(vectors.Length > 0 ? vectors[0].Length : 0)} components are written to a file or pipe, or with --json.");
    }
}
