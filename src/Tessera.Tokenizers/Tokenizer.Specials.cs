using System.Buffers;

namespace Tessera.Tokenizers;

/// <content>Which control tokens text may spell out: tiktoken's allowed and disallowed ones.</content>
public sealed partial class Tokenizer
{
    /// <summary>Refuses a text that spells out control tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="refused">Which ones; null for all of this tokenizer's.</param>
    /// <exception cref="SpecialTokenInTextException">The text has one; the first is named.</exception>
    public void RefuseSpecials(ReadOnlySpan<char> text, IReadOnlyCollection<string>? refused = null)
    {
        string[] tokens = refused is null ? [.. AddedTokens.Where(static t => t.Special).Select(static t => t.Content)] : [.. refused.Where(static t => t.Length > 0)];
        if (tokens.Length == 0) return;
        var at = text.IndexOfAny(SearchValues.Create(tokens, StringComparison.Ordinal));
        if (at < 0) return;
        var found = text[at..];
        foreach (var token in tokens.OrderByDescending(static t => t.Length))
        {
            if (found.StartsWith(token, StringComparison.Ordinal)) throw new SpecialTokenInTextException(token, at);
        }
    }

    /// <summary>
    /// The same tokenizer, for texts in which only some control tokens count: others are text where they are spelled out, and still decoded.
    /// Costs about as much as loading did; keep it.
    /// </summary>
    /// <param name="allowed">The control tokens that are recognised; those that this tokenizer does not have change nothing.</param>
    public Tokenizer AllowingSpecials(IReadOnlyCollection<string> allowed)
    {
        ArgumentNullException.ThrowIfNull(allowed);
        var kept = allowed.ToHashSet(StringComparer.Ordinal);
        return new Tokenizer(_parts with { TextOnly = AddedTokens.Where(t => t.Special && !kept.Contains(t.Content)).Select(static t => t.Content).ToHashSet(StringComparer.Ordinal) });
    }
}
