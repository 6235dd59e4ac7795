using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>
/// Prompts run through a stored model by the plain session, in exact arithmetic: the last logits, and greedy answers with the options
/// that a session has.
/// </summary>
internal sealed class GenerateReader : IGoldenReader
{
    private static readonly HashSet<string> s_parameters = new(StringComparer.Ordinal)
    {
        "max_new_tokens", "eos_token_id", "repetition_penalty", "no_repeat_ngram_size", "min_new_tokens", "num_beams", "num_return_sequences",
    };

    private static readonly HashSet<string> s_inputs = new(StringComparer.Ordinal) { "model", "method", "prompt", "parameters", "text" };

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "samplers" && @case.Has("input") && @case.Input.Has("model") && @case.Input.Has("prompt")
        && @case.Input.Properties.All(static p => s_inputs.Contains(p.Key))
        && @case.Input.Find("method")?.AsString() is "forward" or "greedy"
        && (@case.Input.Find("parameters") is not { } parameters || parameters.Properties.All(static p => s_parameters.Contains(p.Key)));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var decoder = Decoder(@case);
        var prompt = @case.Input["prompt"].AsInts();
        if (@case.Expected.Find("last_logits") is { } lastLogits)
        {
            using var sequence = decoder.NewSequence();
            var logits = sequence.RunAsync(prompt, cancellationToken).AsTask().GetAwaiter().GetResult();
            check.Tensor(lastLogits, logits.Span, Tolerance.AbsoluteOrRelative(@case.File.Tolerance("last_logits")));
            return;
        }

        var parameters = @case.Input["parameters"];
        var sampling = SamplingOptions.Greedy with
        {
            RepetitionPenalty = parameters.Find("repetition_penalty")?.AsDouble() ?? 1,
            NoRepeatNGram = parameters.Find("no_repeat_ngram_size")?.AsInt() ?? 0,
        };
        using var session = new Session(decoder);
        var run = session.GenerateAsync(
            prompt,
            new GenerationOptions
            {
                Sampling = sampling,
                MaxTokens = parameters["max_new_tokens"].AsInt(),
                MinTokens = parameters.Find("min_new_tokens")?.AsInt() ?? 0,
                StopIds = parameters.Find("eos_token_id") is { } stop ? [stop.AsInt()] : [],
            },
            cancellationToken);
        run.ToTextAsync(cancellationToken).GetAwaiter().GetResult();

        var sequences = @case.Expected["sequences"];
        check.That(sequences.Count == 1, sequences.Path, "one answer", $"{sequences.Count}");
        check.SameIds(sequences[0], run.Tokens[prompt.Length..]);
        @case.Expected.Find("min_gap")?.Waive("the reference's distance between its best two tokens, for whoever judges a difference");
        @case.Expected.Find("text")?.Waive("the ids spelt out, which is the tokenizer's task");
    }

    private static ModelDecoder Decoder(GoldenCase @case)
    {
        var name = @case.Input["model"].AsString();
        return @case.File.Shared($"decoder {name}", () =>
        {
            var folder = @case.File.HasBeside(name) ? @case.File.Resolve(name) : @case.File.Directory.RealModel(name);
            var path = Directory.EnumerateFiles(folder, "*.gguf").FirstOrDefault() ?? folder;
            return new SharedDecoder((LanguageModel)Model.Load(path));
        }).Decoder;
    }

    /// <summary>Closes its model with the folder.</summary>
    private sealed class SharedDecoder(LanguageModel model) : IDisposable
    {
        public ModelDecoder Decoder { get; } = new(model, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact);

        public void Dispose() => model.Dispose();
    }
}
