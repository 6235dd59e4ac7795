using System.Globalization;
using Tessera.Context.Compression;
using Tessera.Generation;
using Tessera.Models.Passes;
using Tessera.Tensors.Kernels;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>
/// Prompt compression by an encoder, in the published package's own form: probabilities of tokens, chunks, words put together from tokens,
/// and whole compressions with labels, counts and thresholds. Sizes are counted by SmolLM2's tokenizer.
/// </summary>
internal sealed class CompressionReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "llmlingua-2" && @case.Has("input") && @case.Input.Find("what")?.AsString() is "scores" or "chunk" or "compress" or "merge tokens to words"
        && @case.Input.Find("model") is { } model && GoldenModels.IsKnownFolder(file, model.AsString());

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var package = @case.File.Shared(@case.Input["model"].AsString(), () => ModelPackage.Load(GoldenModels.NamedFolder(@case.File, @case.Input["model"].AsString())));
        switch (@case.Input["what"].AsString())
        {
            case "scores":
                Scores(@case, check, package, cancellationToken);
                break;
            case "chunk":
                Chunks(@case, check, package);
                break;
            case "compress":
                Compress(@case, check, package, cancellationToken);
                break;
            default:
                Merge(@case, check, package.Text.Tokenizer);
                break;
        }
    }

    private static LlmLingua2 Compressor(ModelPackage package, LlmLingua2Options options, Tokenizer? counter = null) =>
        new(package, options with { Official = true }, counter, new PassOptions { Arithmetic = Arithmetic.Exact });

    private static void Scores(GoldenCase @case, GoldenCheck check, ModelPackage package, CancellationToken cancellation)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        using var compressor = new LlmLingua2(package, new LlmLingua2Options { MaxSequence = input["max_sequence"].AsInt() }, null, new PassOptions { Arithmetic = Arithmetic.Exact });
        var scored = compressor.Score(input["text"].AsString(), cancellation);
        check.SameStrings(expected["tokens"], Tokens(package.Text.Tokenizer, input["text"].AsString()));
        check.SameIds(expected["ids_with_specials"], [.. scored.Select(static t => t.Id)]);
        check.Tensor(expected["keep_probabilities"], scored.Select(static t => t.KeepProbability).ToArray(), new Tolerance(@case.File.Tolerance("keep_probabilities")));
    }

    private static void Chunks(GoldenCase @case, GoldenCheck check, ModelPackage package)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        using var compressor = Compressor(package, new LlmLingua2Options { MaxSequence = input["max_sequence"].AsInt(), ChunkEndTokens = input["chunk_end_tokens"].AsStrings()! });
        check.SameStrings(expected["tokens"], Tokens(package.Text.Tokenizer, input["text"].AsString()));
        check.SameStrings(expected["chunks"], compressor.Chunks(input["text"].AsString()).ConvertAll(static c => c.Text));
    }

    private static void Merge(GoldenCase @case, GoldenCheck check, Tokenizer tokenizer)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var force = input["force_tokens"].AsStrings()!;
        var placeholders = input["placeholders"].Properties.ToDictionary(static p => p.Key, static p => p.Value.AsString());
        var forced = new ForcedTexts(force!, [.. force.Select(t => placeholders.GetValueOrDefault(t!))]);
        var probabilities = input["probabilities"].AsFloats();
        var specials = input["special_tokens"].AsStrings().ToHashSet(StringComparer.Ordinal);
        var words = OfficialText.Merge(input["tokens"].AsStrings()!, probabilities, SubwordMarks.Of(tokenizer), forced, input["force_reserve_digit"].AsBool(), specials!);
        var tolerance = new Tolerance(@case.File.Tolerance("keep_probabilities"));
        check.SameStrings(expected["words"], words.ConvertAll(static w => w.Text));
        check.Tensor(expected["mean"], words.Select(static w => w.Probability(WordProbability.Mean)).ToArray(), tolerance);
        check.Tensor(expected["first"], words.Select(static w => w.Probability(WordProbability.First)).ToArray(), tolerance);
        check.Tensor(expected["unforced_mean"], words.Select(static w => w.Raw(WordProbability.Mean)).ToArray(), tolerance);
    }

    private static void Compress(GoldenCase @case, GoldenCheck check, ModelPackage package, CancellationToken cancellation)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var counter = TokenizerFiles.Load(file, Path.Combine(file.Directory.RealModel("SmolLM2"), "tokenizer.json"));
        using var compressor = Compressor(package, Options(input["options"]) with { MaxSequence = input["max_sequence"].AsInt() }, counter);
        var result = compressor.Compress(input["contexts"].AsStrings()!, cancellation: cancellation);
        check.Equal(expected["compressed_prompt"], result.Text);
        check.SameStrings(expected["compressed_prompt_list"], result.Contexts);
        check.Equal(expected["origin_tokens"], result.OriginalTokens);
        check.Equal(expected["compressed_tokens"], result.CompressedTokens);
        check.Equal(expected["ratio"], string.Create(CultureInfo.InvariantCulture, $"{result.Ratio:F1}x"));
        check.Equal(expected["rate"], string.Create(CultureInfo.InvariantCulture, $"{result.Rate * 100:F1}%"));
        check.SameStrings(expected["words"], [.. result.Words.Select(static w => w.Text)]);
        check.SameIds(expected["labels"], [.. result.Words.Select(static w => w.Kept ? 1 : 0)]);
        var tolerance = new Tolerance(file.Tolerance("thresholds"));
        var thresholds = expected["percentiles"].Items.ToList();
        check.That(thresholds.Count == result.Thresholds.Count, expected["percentiles"].Path, $"{thresholds.Count} thresholds", $"{result.Thresholds.Count}");
        foreach (var (wanted, own) in thresholds.Zip(result.Thresholds))
        {
            check.Equal(wanted["count"], own.Values);
            check.Equal(wanted["percentile"], own.Percentile);
            check.Close(wanted["threshold"], own.Value, tolerance);
            if (wanted["closest_other_value"] is { IsNull: false } closest) check.Close(closest, own.Margin, new Tolerance(2 * tolerance.Absolute));
        }
    }

    private static LlmLingua2Options Options(GoldenValue given)
    {
        var options = new LlmLingua2Options();
        foreach (var (key, value) in given.Properties)
        {
            options = key switch
            {
                "rate" => options with { Rate = value.AsDouble() },
                "target_token" => options with { TargetTokens = Given(value) },
                "use_context_level_filter" => options with { FilterContexts = value.AsBool() },
                "use_token_level_filter" => options with { FilterWords = value.AsBool() },
                "target_context" => options with { TargetContexts = Given(value) },
                "context_level_rate" => options with { ContextRate = value.AsDouble() },
                "context_level_target_token" => options with { ContextTargetTokens = Given(value) },
                "force_context_ids" => options with { ForceContexts = value.IsNull ? [] : value.AsInts() },
                "token_to_word" => options with { WordProbability = value.AsString() == "first" ? WordProbability.First : WordProbability.Mean },
                "force_tokens" => options with { ForceTokens = value.AsStrings()! },
                "force_reserve_digit" => options with { KeepDigits = value.AsBool() },
                "drop_consecutive" => options with { DropConsecutive = value.AsBool() },
                "chunk_end_tokens" => options with { ChunkEndTokens = value.AsStrings()! },
                _ => throw new NotCoveredException($"the option {key}"),
            };
        }

        return options;
    }

    private static int? Given(GoldenValue value) => value.AsInt() is > 0 and var number ? number : null; // −1 is none

    private static string[] Tokens(Tokenizer tokenizer, string text) => Array.ConvertAll(tokenizer.EncodeToTokens(text, EncodeOptions.NoSpecials), static t => t.Value);
}
