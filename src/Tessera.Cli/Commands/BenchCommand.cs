using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Tensors.Formats;
using Tessera.Tensors.Kernels;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera bench</c>: how fast a model runs here, and how far from what the machine can do.</summary>
internal sealed class BenchCommand
{
    private const string Summary = "Measures how fast a model runs here, and quotes it against the machine's limits.";

    private const string Details = """
        Measures reading a prompt (prefill) and writing an answer (decode). Decoding is bound by reading the weights once a token, prefill
        by multiply-adds; read bandwidth and multiply-adds a second are measured too, so that speeds can be quoted against them.

        Speeds are medians of the repeats, after one round that is not counted. Token ids are made up; speed does not depend on them.

        Examples:
          tessera bench -m model.gguf
          tessera bench -m model.gguf --prompt 2048 --generate 64 --repeats 5 --threads 4 --json
          tessera bench -m model.gguf --profile
          tessera bench -m model.gguf --strategy token-recycling

        With --strategy it is timed against plain decoding instead, on five prompts that ask for a copy and four that ask for new text: greedy
        answers of up to --generate tokens, --repeats pairs of runs in turns, medians; and every run is checked to give the same tokens.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly StrategyArguments _strategy = new();
    private readonly Option<int> _prompt = new("--prompt") { Description = "Tokens of prefill. Default 512.", HelpName = "N", DefaultValueFactory = _ => 512 };
    private readonly Option<int> _generate = new("--generate") { Description = "Tokens of decode, from an empty context. Default 128.", HelpName = "N", DefaultValueFactory = _ => 128 };
    private readonly Option<int> _repeats = new("--repeats") { Description = "How often each is measured. Default 3.", HelpName = "N", DefaultValueFactory = _ => 3 };

    private readonly Option<bool> _profile = new("--profile") { Description = "Says where the time goes, by kind of operation, of one more round." };

    private BenchCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var bench = new BenchCommand(console);
        var command = new TaughtCommand("bench", Summary, Details) { bench._prompt, bench._generate, bench._repeats, bench._profile };
        bench._model.AddTo(command);
        bench._strategy.AddTo(command);
        command.SetAction(bench.InvokeAsync);
        return command;
    }

    /// <summary>Speeds of the repeats, in tokens a second.</summary>
    private sealed record Speeds(double[] Prefill, double[] Decode);

    /// <summary>Where the time of one prefill and one decode went.</summary>
    private sealed record Profiles(PassProfile Prefill, PassProfile Decode);

    /// <summary>What a token costs and what the machine can do.</summary>
    private sealed record Bounds(double BytesPerToken, double MultiplyAddsPerToken, double Bandwidth, double Peak, string PeakName);

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var (prompt, generate, repeats) = (result.GetValue(_prompt), result.GetValue(_generate), result.GetValue(_repeats));
        if (prompt < 1 || generate < 1 || repeats < 1) throw new UsageException("--prompt, --generate and --repeats are at least 1.");
        using var package = _model.Load(result, _console);
        if (_strategy.Find(result) is { } strategy)
        {
            var bench = new StrategyBench(_console, package, _model.Passes(result), _model.Sequences(result));
            await bench.RunAsync(strategy, generate, repeats, _model.Json(result), cancellation).ConfigureAwait(false);
            return ExitCode.Success;
        }

        var model = package.Language;
        if (Math.Max(prompt, generate + 1) > model.ContextLength) throw new UsageException($"The model's context is {model.ContextLength} tokens.");

        var speeds = await Task.Run(() => MeasureAsync(new ModelDecoder(model, _model.Passes(result), _model.Sequences(result)), prompt, generate, repeats, cancellation), cancellation)
            .ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        var profiles = result.GetValue(_profile) ? await Task.Run(() => ProfileAsync(model, result, prompt, generate, cancellation), cancellation).ConfigureAwait(false) : null;
        var bounds = Limits(model, result);
        if (_model.Json(result)) WriteJson(package, speeds, bounds, profiles, result);
        else WriteTable(package, speeds, bounds, profiles, result, prompt, generate);
        return ExitCode.Success;
    }

    private static async Task<Speeds> MeasureAsync(ModelDecoder decoder, int prompt, int generate, int repeats, CancellationToken cancellation)
    {
        var ids = new int[Math.Max(prompt, generate + 1)];
        for (var i = 0; i < ids.Length; i++) ids[i] = (int)(i * 7919L % decoder.VocabularySize);
        var (prefill, decode) = (new double[repeats], new double[repeats]);
        for (var round = -1; round < repeats; round++) // the first one packs weights and fills caches
        {
            using (var sequence = decoder.NewSequence())
            {
                var start = Stopwatch.GetTimestamp();
                await sequence.RunAsync(ids.AsMemory(0, prompt), cancellation).ConfigureAwait(false);
                if (round >= 0) prefill[round] = prompt / Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            using (var sequence = decoder.NewSequence())
            {
                await sequence.RunAsync(ids.AsMemory(0, 1), cancellation).ConfigureAwait(false);
                var start = Stopwatch.GetTimestamp();
                var count = round < 0 ? Math.Min(generate, 4) : generate;
                for (var i = 1; i <= count; i++) await sequence.RunAsync(ids.AsMemory(i, 1), cancellation).ConfigureAwait(false);
                if (round >= 0) decode[round] = generate / Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }

        Array.Sort(prefill);
        Array.Sort(decode);
        return new Speeds(prefill, decode);
    }

    private async Task<Profiles> ProfileAsync(LanguageModel model, ParseResult result, int prompt, int generate, CancellationToken cancellation)
    {
        var profiles = new Profiles(new PassProfile(), new PassProfile());
        var passes = _model.Passes(result);
        await RunAsync(profiles.Prefill, 1, prompt).ConfigureAwait(false);
        await RunAsync(profiles.Decode, generate, 1).ConfigureAwait(false);
        return profiles;

        async Task RunAsync(PassProfile profile, int calls, int tokens)
        {
            using var sequence = new ModelDecoder(model, passes with { Profile = profile }, _model.Sequences(result)).NewSequence();
            var ids = new int[tokens];
            for (var i = 0; i < calls; i++) await sequence.RunAsync(ids, cancellation).ConfigureAwait(false);
        }
    }

    private Bounds Limits(LanguageModel model, ParseResult result)
    {
        // An embedding table is read a row at a time, unless it is the head as well.
        var embedding = model.Stack.Embedding;
        var tied = ReferenceEquals(model.Head.Projection.Weight, embedding);
        var matrices = model.Parameters.Values.Where(p => p.Tensor.Shape.Length == 2 && p != embedding).ToList();
        var head = model.Head.Projection.Weight.Tensor;
        var bytes = model.WeightBytes - (tied ? 0 : embedding.Tensor.ByteLength);
        var inLayers = matrices.Where(p => p != model.Head.Projection.Weight).Sum(p => (double)p.Tensor.Count);

        // A prompt's rows go through every layer, but only its last one through the head.
        var perToken = inLayers + head.Count / (double)result.GetValue(_prompt);
        var pool = _model.Pool(result);
        var integers = !_model.Exact(result) && matrices.Exists(p => BlockFormat.Of(p.Tensor.Format).BlockLength > 1);
        return new Bounds(
            bytes, perToken, MachineProbe.MeasureReadBandwidth(pool),
            integers ? MachineProbe.MeasureIntegerPeak(pool) : MachineProbe.MeasureFloatPeak(pool), integers ? "8-bit" : "32-bit");
    }

    private void WriteTable(ModelPackage package, Speeds speeds, Bounds bounds, Profiles? profiles, ParseResult result, int prompt, int generate)
    {
        string Format(FormattableString text) => FormattableString.Invariant(text);
        var (prefill, decode) = (Median(speeds.Prefill), Median(speeds.Decode));
        var about = new ResultTable("property", "value");
        about.Add("model", VisibleText.ForTerminal(package.Model.Source));
        about.Add("processor", MachineProbe.Processor);
        about.Add("kernels", MachineProbe.Kernels);
        about.Add("threads", Format($"{_model.Pool(result).Threads}"));
        about.Add("read bandwidth", Format($"{bounds.Bandwidth / 1e9:F1} GB/s"));
        about.Add($"{bounds.PeakName} multiply-adds", Format($"{bounds.Peak / 1e9:F0} G/s"));
        about.WriteTo(_console);

        var table = new ResultTable("measured", "#tokens/s", "#slowest", "#fastest", "share of the limit");
        table.Add(
            Format($"prefill {prompt}"), Format($"{prefill:F1}"), Format($"{speeds.Prefill[0]:F1}"), Format($"{speeds.Prefill[^1]:F1}"),
            Format($"{100 * prefill * bounds.MultiplyAddsPerToken / bounds.Peak:F0} % of {bounds.PeakName} arithmetic, attention not counted"));
        table.Add(
            Format($"decode {generate}"), Format($"{decode:F1}"), Format($"{speeds.Decode[0]:F1}"), Format($"{speeds.Decode[^1]:F1}"),
            Format($"{100 * decode * bounds.BytesPerToken / bounds.Bandwidth:F0} % of read bandwidth ({VisibleText.Size(bounds.BytesPerToken)} of weights a token)"));
        table.WriteTo(_console);
        if (profiles is null) return;
        var shares = new ResultTable("operation", $"#prefill {prompt}, ms", "#%", $"#decode {generate}, ms", "#%");
        foreach (var operation in Enum.GetValues<PassOperation>())
        {
            var (first, second) = (profiles.Prefill.TimeOf(operation), profiles.Decode.TimeOf(operation));
            if (first + second == TimeSpan.Zero) continue;
            shares.Add(
                operation.ToString(), Format($"{first.TotalMilliseconds:F1}"), Format($"{100 * first / Total(profiles.Prefill):F0}"),
                Format($"{second.TotalMilliseconds:F1}"), Format($"{100 * second / Total(profiles.Decode):F0}"));
        }

        shares.WriteTo(_console);
    }

    private static TimeSpan Total(PassProfile profile) => TimeSpan.FromTicks(Enum.GetValues<PassOperation>().Sum(o => profile.TimeOf(o).Ticks));

    private void WriteJson(ModelPackage package, Speeds speeds, Bounds bounds, Profiles? profiles, ParseResult result) => JsonLine.Write(_console.Output, json =>
    {
        json.WriteString("model", package.Model.Source);
        json.WriteString("processor", MachineProbe.Processor);
        json.WriteString("kernels", MachineProbe.Kernels);
        json.WriteNumber("threads", _model.Pool(result).Threads);
        json.WriteNumber("promptTokens", result.GetValue(_prompt));
        json.WriteNumber("generatedTokens", result.GetValue(_generate));
        Write("prefillTokensPerSecond", Median(speeds.Prefill));
        Write("decodeTokensPerSecond", Median(speeds.Decode));
        Write("readBandwidthBytesPerSecond", bounds.Bandwidth);
        Write("multiplyAddsPerSecond", bounds.Peak);
        json.WriteString("arithmetic", bounds.PeakName);
        json.WriteNumber("shareOfArithmetic", Math.Round(Median(speeds.Prefill) * bounds.MultiplyAddsPerToken / bounds.Peak, 4));
        json.WriteNumber("shareOfBandwidth", Math.Round(Median(speeds.Decode) * bounds.BytesPerToken / bounds.Bandwidth, 4));
        if (profiles is not null)
        {
            Shares("prefillMilliseconds", profiles.Prefill);
            Shares("decodeMilliseconds", profiles.Decode);
        }

        void Shares(string name, PassProfile profile)
        {
            json.WriteStartObject(name);
            foreach (var operation in Enum.GetValues<PassOperation>()) Write(JsonNamingPolicy.CamelCase.ConvertName(operation.ToString()), profile.TimeOf(operation).TotalMilliseconds);
            json.WriteEndObject();
        }

        void Write(string name, double value) => json.WriteNumber(name, Math.Round(value, 2));
    });

    private static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
