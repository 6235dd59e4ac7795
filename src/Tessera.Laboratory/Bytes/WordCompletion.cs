using Tessera.Generation;
using Tessera.Models.Passes;

namespace Tessera.Laboratory;

/// <summary>Completes cut words greedily in several ways, and counts what it costs. Single-threaded.</summary>
public sealed class WordCompletion : IDisposable
{
    private const int MostTokens = 16, MostBytes = 40; // none of the words is that long

    private readonly ByteModel _bytes;
    private readonly PromptRepair _repair;
    private readonly Session _session;
    private readonly GenerationOptions _options;

    /// <summary>Creates it over a model.</summary>
    /// <param name="package">The model.</param>
    /// <param name="passes">How passes compute.</param>
    public WordCompletion(ModelPackage package, PassOptions passes)
    {
        ArgumentNullException.ThrowIfNull(package);
        _bytes = ByteModel.Of(package, passes);
        _repair = new PromptRepair(_bytes);
        _session = package.NewSession(passes);
        _options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = MostTokens, StopIds = _bytes.Vocabulary.EndIds };
    }

    /// <summary>From the prompt's tokens as they are.</summary>
    public async Task<CompletedWord> TokensAsync(CutWord word, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(word);
        int[] ids = [.. _bytes.Options.Context, .. _bytes.Vocabulary.Validity.Tokenizer.EncodeToIds(word.Prompt, Tokenizers.EncodeOptions.PlainText)];
        return await GoOnAsync(word, new RepairedPrompt(ids, default, 0, 0), cancellation).ConfigureAwait(false);
    }

    /// <summary>With the prompt's last token healed.</summary>
    public async Task<CompletedWord> HealedAsync(CutWord word, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(word);
        return await GoOnAsync(word, await _repair.HealAsync(_bytes.Vocabulary.BytesOf(word.Prompt), temperature: 0, cancellation: cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
    }

    /// <summary>From the most probable way of cutting the prompt; and byte by byte, each the most probable one.</summary>
    public async Task<(CompletedWord Cut, CompletedWord Bytes)> ExactAsync(CutWord word, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(word);
        using var source = await _bytes.StartAsync(_bytes.Vocabulary.BytesOf(word.Prompt), null, cancellation).ConfigureAwait(false);
        var cut = await GoOnAsync(word, PromptRepair.Cut(source, temperature: 0), cancellation).ConfigureAwait(false);
        var begun = source.Calls;
        var (answer, right) = ("", false);
        await foreach (var step in new ByteSampler(new ByteSamplerOptions { Temperature = 0, MaxBytes = MostBytes }).RunAsync(source, cancellation).ConfigureAwait(false))
        {
            if (!step.IsEnd) answer += (char)step.Symbol; // letters of the words are ASCII; anything else is wrong as it stands
            if (word.Judge(answer, step.IsEnd) is not { } judged) continue;
            right = judged;
            break;
        }

        return (cut, new CompletedWord(right, begun, source.Calls - begun, answer.Length));
    }

    /// <summary>Frees the session.</summary>
    public void Dispose() => _session.Dispose();

    private async Task<CompletedWord> GoOnAsync(CutWord word, RepairedPrompt prompt, CancellationToken cancellation)
    {
        var run = _session.GenerateAsync([.. prompt.Ids], _options with { Lead = prompt.Overshoot }, cancellation);
        var (right, length) = (false, 0);
        await foreach (var step in run.ConfigureAwait(false))
        {
            length += step.Bytes.Length;
            if (word.Judge(run.Text, step.Stop is not null) is not { } judged) continue;
            right = judged;
            break;
        }

        return new CompletedWord(right, prompt.Calls, 1 + run.Report.Passes, length + prompt.Overshoot.Length);
    }
}
