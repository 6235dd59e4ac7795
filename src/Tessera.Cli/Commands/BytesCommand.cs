using System.CommandLine;
using System.Globalization;
using System.Text;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera bytes</c>: a model of tokens seen as one of bytes.</summary>
internal sealed class BytesCommand
{
    private const string Summary = "Shows exactly how probable the next byte of a text is, or writes on byte by byte, also with several models.";

    private const string Details = """
        A model of tokens that is given "The capital of Fran" knows that no token " France" stands there, and goes on badly. Summed over all ways
        of cutting the text into tokens, the probabilities of the next byte depend on the text alone. The column "tokens only" shows what the
        text's usual tokens say by themselves.

        Examples:
          tessera bytes -m model.gguf "The capital of Fran"
          tessera bytes -m model.gguf --covers 5 "New Yor"
          tessera bytes -m model.gguf --score "A text of which the probability is asked."
          tessera bytes -m model.gguf --generate 40 --temperature 0.7 --seed 3 "Once upon a ti"
          tessera bytes -m one.gguf --with-model other.gguf --ensemble product --generate 40 "Once upon a ti"
          tessera bytes -m model.gguf --hex e697

        With --json one object {"next":[{byte (hexadecimal), text, logProbability, tokensOnly}], end, entropy (nats), logProbability, covers:[{ids, logProbability,
        overshoot}], calls}; tokensOnly is a logarithm too, and null where there is none. With --generate a line for each byte,
        {"byte":{byte, logProbability}}, and at last {"done":{bytes, text, ended, calls}}; with --score {"logProbability", "bytes", "bitsPerByte"}.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly EnsembleArguments _ensemble = new();
    private readonly Argument<string?> _text = TextArgument.Create();
    private readonly Option<bool> _hex = new("--hex") { Description = "The text is given as hexadecimal digits, two a byte; it need not be whole characters." };
    private readonly Option<int?> _top = new("--top") { Description = "How many bytes to show. Default 10.", HelpName = "N" };
    private readonly Option<int?> _covers = new("--covers") { Description = "Shows the N most probable ways of cutting the text.", HelpName = "N" };
    private readonly Option<bool> _score = new("--score") { Description = "Shows the probability of the whole text instead." };
    private readonly Option<int?> _generate = new("--generate") { Description = "Writes on by N bytes at most.", HelpName = "N" };
    private readonly Option<double?> _temperature = new("--temperature") { Description = "With --generate: divides the bytes' log-probabilities; 0 takes the most probable byte. Default 1.", HelpName = "T" };
    private readonly Option<double?> _topP = new("--top-p") { Description = "With --generate: draws among the most probable bytes that together have probability P.", HelpName = "P" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "With --generate: names the random numbers. Default 0.", HelpName = "N" };
    private readonly Option<string?> _validity = new("--validity")
    {
        Description = "What becomes of the probability that the model gives to lists of tokens which no text has: exact shares it out at every step (the default), masked leaves it out, off lets it count.",
        HelpName = "exact|masked|off",
    };

    private BytesCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var bytes = new BytesCommand(console);
        var command = new TaughtCommand("bytes", Summary, Details)
        {
            bytes._text, bytes._hex, bytes._top, bytes._covers, bytes._score, bytes._generate, bytes._temperature, bytes._topP, bytes._seed, bytes._validity,
        };
        bytes._ensemble.AddTo(command);
        bytes._model.AddTo(command);
        command.SetAction(bytes.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var (validity, sampling) = (Validity(result), Sampling(result));
        var (score, covers) = (result.GetValue(_score), result.GetValue(_covers) ?? 0);
        if (result.GetValue(_top) is < 1 or > 257) throw new UsageException("--top is a number from 1 to 257.");
        if (covers < 0) throw new UsageException("--covers is a number from 0 on.");
        if (score && sampling is not null) throw new UsageException("Give --score or --generate, not both.");
        var text = await TextArgument.ReadAsync(result.GetValue(_text), _console, cancellation).ConfigureAwait(false);
        var given = result.GetValue(_hex) ? FromHex(text) : null;
        byte[] Prompt(ByteModel of) => given ?? of.Vocabulary.BytesOf(text);

        using var package = _model.Load(result, _console);
        var others = _ensemble.Load(result);
        try
        {
            if (score && others.Count > 0) throw new UsageException("--score asks one model.");
            var (passes, sequences) = (_model.Passes(result), _model.Sequences(result));
            var model = ByteModel.Of(package, passes, sequences, validity);
            if (score)
            {
                var bytes = Prompt(model);
                WriteScore(result, await model.ScoreAsync(bytes, null, cancellation).ConfigureAwait(false), bytes.Length);
                return ExitCode.Success;
            }

            using var first = await model.StartAsync(Prompt(model), null, cancellation).ConfigureAwait(false);
            using var source = await _ensemble.JoinAsync(result, first, others, Prompt, passes, sequences, validity, cancellation).ConfigureAwait(false);
            if (sampling is not null) await GenerateAsync(result, source, sampling, cancellation).ConfigureAwait(false);
            else if (_model.Json(result)) WriteJson(source, first, others.Count == 0, result.GetValue(_top) ?? 10, covers);
            else WriteTable(source, first, others.Count == 0, result.GetValue(_top) ?? 10, covers, package.Text);
            return ExitCode.Success;
        }
        finally
        {
            foreach (var other in others) other.Dispose();
        }
    }

    private void WriteTable(IByteSource source, ByteSequence first, bool alone, int top, int covers, ModelText text)
    {
        var (next, tokens) = (source.Next(), alone ? first.NextOfTokensOnly() : null);
        var table = alone ? new ResultTable("byte", "text", "#probability", "#tokens only") : new ResultTable("byte", "text", "#probability");
        foreach (var symbol in next.Ranked().Take(top))
        {
            string[] cells = [Hex(symbol), symbol == ByteDistribution.End ? "end of text" : VisibleText.Quote([(byte)symbol]), F($"{Math.Exp(next[symbol]):G6}")];
            table.Add(alone ? [.. cells, tokens is null ? "" : F($"{Math.Exp(tokens[symbol]):G6}")] : cells);
        }

        table.WriteTo(_console);
        if (covers > 0)
        {
            var ways = new ResultTable("tokens", "beyond the text", "#ln p");
            foreach (var cover in first.Covers().Take(covers))
                ways.Add(string.Join(' ', cover.Tokens.Select(id => VisibleText.Quote(text.Bytes(id).Span))), VisibleText.Quote(cover.Overshoot.Span), F($"{cover.LogProbability:F4}"));
            ways.WriteTo(_console);
        }

        _console.Note(F($"entropy {next.Entropy:F4} nats; the model ran {source.Calls} times"));
    }

    private void WriteJson(IByteSource source, ByteSequence first, bool alone, int top, int covers) => JsonLine.Write(_console.Output, json =>
    {
        var (next, tokens) = (source.Next(), alone ? first.NextOfTokensOnly() : null);
        json.WriteStartArray("next");
        foreach (var symbol in next.Ranked().Where(static s => s != ByteDistribution.End).Take(top))
        {
            json.WriteStartObject();
            json.WriteString("byte", Hex(symbol));
            json.WriteString("text", VisibleText.Quote([(byte)symbol]));
            json.Number("logProbability", next[symbol]);
            json.Number("tokensOnly", tokens?[symbol] ?? double.NaN);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Number("end", next[ByteDistribution.End]);
        json.Number("entropy", next.Entropy);
        if (alone) json.Number("logProbability", first.LogProbability);
        json.WriteStartArray("covers");
        foreach (var cover in first.Covers().Take(covers))
        {
            json.WriteStartObject();
            json.Ids("ids", [.. first.Context, .. cover.Tokens]);
            json.Number("logProbability", cover.LogProbability);
            json.Bytes("overshoot", cover.Overshoot.Span);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("calls", source.Calls);
    });

    private void WriteScore(ParseResult result, double logProbability, int bytes)
    {
        var bits = -logProbability / Math.Log(2) / Math.Max(1, bytes);
        if (_model.Json(result))
        {
            JsonLine.Write(_console.Output, json =>
            {
                json.Number("logProbability", logProbability);
                json.WriteNumber("bytes", bytes);
                json.Number("bitsPerByte", bits);
            });
            return;
        }

        _console.Output.WriteLine(F($"ln p {logProbability:F4}, {bytes} bytes, {bits:F4} bits a byte"));
    }

    private async Task GenerateAsync(ParseResult result, IByteSource source, ByteSamplerOptions options, CancellationToken cancellation)
    {
        var (json, written, ended) = (_model.Json(result), new List<byte>(), false);
        var (decoder, characters) = (Encoding.UTF8.GetDecoder(), new char[4]);
        await foreach (var step in new ByteSampler(options).RunAsync(source, cancellation).ConfigureAwait(false))
        {
            ended = step.IsEnd;
            if (!ended) written.Add((byte)step.Symbol);
            if (json)
            {
                JsonLine.Write(_console.Output, line =>
                {
                    line.WriteStartObject("byte");
                    line.WriteString("byte", Hex(step.Symbol));
                    line.Number("logProbability", step.LogProbability);
                    line.WriteEndObject();
                });
            }
            else if (!ended)
            {
                Show(decoder.GetChars([(byte)step.Symbol], characters, flush: false));
            }
        }

        if (json)
        {
            JsonLine.Write(_console.Output, line =>
            {
                line.WriteStartObject("done");
                line.Bytes("bytes", [.. written]);
                line.WriteString("text", Encoding.UTF8.GetString([.. written]));
                line.WriteBoolean("ended", ended);
                line.WriteNumber("calls", source.Calls);
                line.WriteEndObject();
            });
            return;
        }

        Show(decoder.GetChars([], characters, flush: true));
        _console.Output.WriteLine();
        _console.Note(F($"({written.Count} bytes; the models ran {source.Calls} times)"));

        void Show(int count)
        {
            var text = new string(characters, 0, count);
            _console.Output.Write(_console.OutputIsTerminal ? VisibleText.ForTerminal(text) : text);
            _console.Output.Flush();
        }
    }

    private ByteSamplerOptions? Sampling(ParseResult result)
    {
        if (result.GetValue(_generate) is not { } bytes)
        {
            return result.GetValue(_temperature) is null && result.GetValue(_topP) is null && result.GetValue(_seed) is null ? null
                : throw new UsageException("--temperature, --top-p and --seed need --generate N.");
        }

        if (bytes < 1) throw new UsageException("--generate is a number of bytes, at least 1.");
        return UsageException.Guard(() => new ByteSamplerOptions
        {
            MaxBytes = bytes, Temperature = result.GetValue(_temperature) ?? 1, TopP = result.GetValue(_topP) ?? 1, Seed = result.GetValue(_seed) ?? 0,
        });
    }

    private ByteValidity Validity(ParseResult result) => result.GetValue(_validity) switch
    {
        null or "exact" => ByteValidity.Exact,
        "masked" => ByteValidity.Masked,
        "off" => ByteValidity.Off,
        var other => throw new UsageException($"--validity is exact, masked or off, not '{other}'."),
    };

    private static byte[] FromHex(string digits)
    {
        try
        {
            return Convert.FromHexString(string.Concat(digits.Where(static c => !char.IsWhiteSpace(c))));
        }
        catch (FormatException)
        {
            throw new UsageException("--hex takes hexadecimal digits, two a byte: e697a5.");
        }
    }

    private static string Hex(int symbol) => symbol == ByteDistribution.End ? "end" : symbol.ToString("x2", CultureInfo.InvariantCulture);

    private static string F(FormattableString text) => FormattableString.Invariant(text);
}
