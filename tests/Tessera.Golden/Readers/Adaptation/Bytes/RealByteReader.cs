using System.Text;
using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>Byte probabilities of a real model after prompts that end inside a token: the largest next bytes, covers, and the prompt's probability, with and without the check of lists.</summary>
internal sealed class RealByteReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "exact-byte-probabilities" && @case.Has("input") && @case.Input.Has("prompt") && @case.Input.Has("end_ids") && file.FindTolerance(@case.Input["what"].AsString()) is not null;

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var name = input["what"].AsString();
        var tolerances = file.ToleranceNumbers(name); // of probabilities, of their logarithms
        var (tolerance, logTolerance) = (new Tolerance(tolerances[0]), new Tolerance(tolerances[1]));
        var model = GoldenModels.Real<LanguageModel>(file, name);
        var tokenizer = TokenizerFiles.Load(file, Path.Combine(file.Directory.RealModel(name), "tokenizer.json"));
        var prompt = Encoding.UTF8.GetBytes(input["prompt"].AsString());
        var decoder = new ModelDecoder(model, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact);
        var vocabulary = file.Shared("bytes of " + name, () => new ByteVocabulary(tokenizer, input["end_ids"].AsInts(), model.VocabularySize));
        foreach (var (mode, validity) in ByteChecks.Modes)
        {
            if (expected.Find(mode) is not { } wanted) continue;
            var view = new ByteModel(vocabulary, () => new DecoderTree(decoder), new ByteModelOptions { Validity = validity, Context = input["prefix_ids"].AsInts() });
            using var sequence = view.StartAsync(default, null, cancellationToken).GetAwaiter().GetResult();
            sequence.AppendAsync(prompt, cancellationToken).AsTask().GetAwaiter().GetResult();
            var next = sequence.Next();
            ByteChecks.Next(check, wanted["next_byte_top40"], next, tolerance, complete: false);
            check.Close(wanted["end_of_text_or_turn"], Math.Exp(next[ByteDistribution.End]), tolerance);
            check.Close(wanted["log_probability_of_prompt"], sequence.LogProbability, logTolerance);
            var covers = sequence.Covers();
            var exact = covers.Single(static c => c.Overshoot.IsEmpty);
            check.SameIds(expected["encode"], [.. exact.Tokens]);
            check.Close(wanted["log_probability_of_exact_cover"], exact.LogProbability, logTolerance);
            foreach (var cover in wanted["overshooting_covers_top10"].Items)
            {
                var tokens = cover["tokens"].AsInts();
                check.Close(cover["log_probability"], covers.FirstOrDefault(c => c.Tokens.SequenceEqual(tokens))?.LogProbability ?? double.NaN, logTolerance);
            }

            if (validity == ByteValidity.Off) ByteChecks.Next(check, expected["token_only_top10"], sequence.NextOfTokensOnly()!, tolerance, complete: false);
        }
    }
}
