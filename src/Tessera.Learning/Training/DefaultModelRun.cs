using Tessera.Learning.Data;
using Tessera.Models;
using Tessera.Models.Architectures;
using Tessera.Models.Files;
using Tessera.Tensors;
using Tessera.Tensors.Threads;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Training;

namespace Tessera.Learning.Training;

/// <summary>
/// Trains the default model from texts: vocabulary, tokens, weights, and the GGUF file that holds them. The same texts and steps give the
/// same file, however often the run was stopped and resumed.
/// </summary>
public sealed class DefaultModelRun
{
    /// <summary>What to read: files or directories of .txt and .jsonl.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>The GGUF file to write.</summary>
    public required string Output { get; init; }

    /// <summary>Steps of 16 windows of 256 tokens. Default 1,000, about one epoch of 13 million characters.</summary>
    public int Steps { get; init; } = 1_000;

    /// <summary>Where checkpoints go, from which a run that was stopped resumes; none if null.</summary>
    public string? Checkpoints { get; init; }

    /// <summary>The threads; the process's pool if null.</summary>
    public ComputePool? Pool { get; init; }

    /// <summary>Runs from the texts to the file.</summary>
    /// <param name="stage">Told what is going on, a sentence each.</param>
    /// <param name="progress">Told after every step of the training.</param>
    /// <param name="cancellation">Ends the run between steps, with a checkpoint where a directory is set.</param>
    /// <returns>The mean loss of the held-out tokens, in nats.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public double Train(IProgress<string>? stage = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        var documents = TextFiles.Read(Texts).ToList();
        if (documents.Count == 0) throw new ArgumentException($"There are no .txt or .jsonl files under {string.Join(", ", Texts)}.");
        stage?.Report($"{documents.Count:N0} documents, {documents.Sum(d => (long)d.Length):N0} characters");
        var tokenizer = new BpeTrainer(DefaultModel.Vocabulary).Train(documents, cancellationToken: cancellation);
        var (texts, heldOut) = DefaultTexts.Split(documents);
        var tokens = Encode(tokenizer, texts, cancellation);
        var heldOutTokens = Encode(tokenizer, heldOut, cancellation);
        stage?.Report($"{tokenizer.VocabularySize:N0} tokens in the vocabulary, {tokens.Length:N0} to train on, {heldOutTokens.Length:N0} held out");

        using var model = FreshModel.Create(DefaultModel.Config, DefaultModel.Seed);
        var windows = new TokenWindows(heldOutTokens, DefaultModel.WindowLength, 0);
        using var trainer = new Trainer(
            model, new TokenWindows(tokens, DefaultModel.WindowLength, DefaultModel.Seed), DefaultModel.Options(Steps, Checkpoints), windows, Pool);
        trainer.Run(progress, cancellation);
        Write(model, tokenizer.ToGgufVocabulary());
        stage?.Report($"wrote {Output}, {new FileInfo(Output).Length:N0} bytes");
        return trainer.Evaluate(windows);
    }

    private static int[] Encode(Tokenizer tokenizer, IReadOnlyList<string> documents, CancellationToken cancellation)
    {
        var tokens = new List<int>();
        foreach (var document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            tokens.AddRange(tokenizer.EncodeToIds(document, EncodeOptions.PlainText));
            tokens.Add(0); // the end token
        }

        return [.. tokens];
    }

    private void Write(LanguageModel model, GgufVocabulary vocabulary)
    {
        var writer = GgufExport.Describe(model, TensorFormat.Q8_0);
        writer.Add("general.name", GgufValue.Of("tessera-default"));
        writer.Add("general.license", GgufValue.Of("apache-2.0"));
        writer.Add("general.sampling.temp", GgufValue.Of(0.8f));
        writer.Add("general.sampling.top_p", GgufValue.Of(0.95f));
        writer.Add("general.sampling.penalty_repeat", GgufValue.Of(1.1f));
        writer.Add("tokenizer.ggml.model", GgufValue.Of(vocabulary.Model));
        writer.Add("tokenizer.ggml.pre", GgufValue.Of(vocabulary.Pre!));
        writer.Add("tokenizer.ggml.tokens", GgufValue.OfArray([.. vocabulary.Tokens]));
        writer.Add("tokenizer.ggml.token_type", GgufValue.OfArray<int>([.. vocabulary.TokenTypes!]));
        writer.Add("tokenizer.ggml.merges", GgufValue.OfArray([.. vocabulary.Merges!]));
        writer.Add("tokenizer.ggml.bos_token_id", GgufValue.Of(0u));
        writer.Add("tokenizer.ggml.eos_token_id", GgufValue.Of(0u));
        writer.Add("tokenizer.ggml.add_bos_token", GgufValue.Of(true));
        writer.Save(Output);
    }
}
