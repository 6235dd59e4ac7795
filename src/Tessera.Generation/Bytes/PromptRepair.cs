using Tessera.Models;

namespace Tessera.Generation;

/// <summary>
/// Prompts that end inside a token. A model that is given <c>"New Yor"</c> as tokens knows that its text goes on with something that does not make the
/// token <c>" York"</c>: so were all texts that it learnt from. Exact repair draws one of the ways in which the prompt's bytes can have been cut,
/// each as probable as the model finds it; plain decoding from there gives texts as probable as they are behind the prompt's bytes.
/// Token healing, the usual way, takes the last token back and lets the model choose among those that begin with its bytes.
/// </summary>
/// <param name="model">The model.</param>
public sealed class PromptRepair(ByteModel model)
{
    private readonly ByteModel _model = model ?? throw new ArgumentNullException(nameof(model));

    /// <summary>Draws a cut of the prompt among all of them.</summary>
    /// <param name="prompt">The prompt's bytes as <see cref="ByteVocabulary.BytesOf"/> gives them.</param>
    /// <param name="context">Tokens in front of it; those of the model's options if null.</param>
    /// <param name="temperature">Divisor of the log-probabilities, at least 0: exact at 1, 0 takes the most probable cut.</param>
    /// <param name="key">Names the draw.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <exception cref="ImpossibleBytesException">A byte of the prompt has no probability.</exception>
    public async Task<RepairedPrompt> ExactAsync(
        ReadOnlyMemory<byte> prompt, IReadOnlyList<int>? context = null, double temperature = 1, RandomKey key = default, CancellationToken cancellation = default)
    {
        using var text = await _model.StartAsync(prompt, context, cancellation).ConfigureAwait(false);
        if (double.IsNegativeInfinity(text.LogProbability)) throw new ImpossibleBytesException(prompt.Length - 1, prompt.Span[^1]);
        return Cut(text, temperature, key);
    }

    /// <summary>Draws a cut of a text that has begun; the text stays as it is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="temperature">Divisor of the log-probabilities, at least 0: exact at 1, 0 takes the most probable cut.</param>
    /// <param name="key">Names the draw.</param>
    public static RepairedPrompt Cut(ByteSequence text, double temperature = 1, RandomKey key = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        Require.NotNegative(temperature, nameof(temperature));
        var covers = text.Covers();
        var cover = covers[Draw([.. covers.Select(static c => c.LogProbability)], temperature, key)];
        return new RepairedPrompt([.. text.Context, .. cover.Tokens], cover.Overshoot, cover.LogProbability - text.LogProbability, text.Calls);
    }

    /// <summary>Heals the prompt's last token.</summary>
    /// <param name="prompt">The prompt's bytes as <see cref="ByteVocabulary.BytesOf"/> gives them.</param>
    /// <param name="context">Tokens in front of it; those of the model's options if null.</param>
    /// <param name="temperature">Divisor of the log-probabilities, at least 0; 0 takes the most probable token.</param>
    /// <param name="key">Names the draw.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <exception cref="ImpossibleBytesException">The vocabulary cannot spell the prompt.</exception>
    public async Task<RepairedPrompt> HealAsync(
        ReadOnlyMemory<byte> prompt, IReadOnlyList<int>? context = null, double temperature = 1, RandomKey key = default, CancellationToken cancellation = default)
    {
        Require.NotNegative(temperature, nameof(temperature));
        var vocabulary = _model.Vocabulary;
        var ids = prompt.IsEmpty ? [] : _model.Encode(prompt.Span) ?? throw new ImpossibleBytesException(prompt.Length - 1, prompt.Span[^1]);
        List<int> front = [.. context ?? _model.Options.Context, .. ids];
        if (ids.Length == 0) return new RepairedPrompt(front, default, 0, 0);
        var last = vocabulary.Validity.Tokenizer.TokenBytes(ids[^1]).ToArray();
        front.RemoveAt(front.Count - 1);

        var (from, to) = (0, vocabulary.Count);
        for (var depth = 0; depth < last.Length; depth++) (from, to) = vocabulary.Narrow(vocabulary.Longer(from, to, depth), to, depth, last[depth]);
        var scores = new double[to - from];
        using var tree = _model.NewTree();
        await tree.StartAsync(front.ToArray(), (_, row) =>
        {
            for (var i = 0; i < scores.Length; i++) scores[i] = row[vocabulary.Id(from + i)];
        }, cancellation).ConfigureAwait(false);
        var most = scores.Max();
        if (!double.IsFinite(most)) throw new LogitsException(front.Count, "no token that begins like the prompt's last one can follow");
        var chosen = Draw(scores, temperature, key);
        var place = from + chosen;
        return new RepairedPrompt(
            [.. front, vocabulary.Id(place)], vocabulary.Bytes(place)[last.Length..].ToArray(), scores[chosen] - most - Math.Log(scores.Sum(s => Math.Exp(s - most))), tree.Calls);
    }

    /// <summary>Draws an index; the first of the most probable ones at temperature 0.</summary>
    private static int Draw(double[] logWeights, double temperature, RandomKey key)
    {
        var most = logWeights.Max();
        if (temperature == 0) return Array.IndexOf(logWeights, most);
        var weights = Array.ConvertAll(logWeights, w => Math.Exp((w - most) / temperature));
        var left = key.Uniform() * weights.Sum();
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0 && (left -= weights[i]) < 0) return i;
        }

        return Array.FindLastIndex(weights, static w => w > 0);
    }
}
