using System.Text;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers;

/// <summary>
/// Which lists of tokens a BPE tokenizer can give. A list is valid where some text begins with exactly these tokens; the training texts of a model
/// hold no others, so that whatever a model says of others is noise. Decides token by token, and knows the pre-tokenizer: what it cuts depends
/// on what comes next, so that a list can be valid before one continuation only. Immutable and safe for any number of threads.
/// </summary>
/// <remarks>
/// Follows the structure that "Exact Byte-Level Probabilities from Tokenized Language Models for FIM-Tasks and Model Ensembles" (arXiv 2410.09303)
/// uses: a part of a valid list is valid, and inside a piece of text neighbours decide. Look-ahead is tried out with continuations of every
/// class of characters; a pattern that tells characters of one class apart far ahead is beyond it.
/// </remarks>
public abstract class TokenValidity
{
    // Letters with and without case, accent and ligature: what normalisers that lose something change.
    private const string Probe = "It's \u00c9cole, na\u00efve \ufb01 \u2460 \u65e5\u672c\u8a9e!\n";

    private protected TokenValidity(Tokenizer tokenizer) => Tokenizer = tokenizer;

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Whether a text's tokens stand for one blank more, in front of it (SentencePiece's dummy prefix).</summary>
    public bool PrefixesBlank { get; private init; }

    /// <summary>The tail of no tokens, where a text begins.</summary>
    public TokenTail Beginning { get; } = new([], [], [], beginsText: true);

    /// <summary>The tail of no tokens at a place inside a text that no token and no piece crosses, such as before a word's blank.</summary>
    public TokenTail Border { get; } = new([], [], [], beginsText: false);

    /// <summary>Builds what decides for a tokenizer.</summary>
    /// <param name="tokenizer">A BPE over bytes, or over characters with or without bytes to fall back on, that keeps its text as it is.</param>
    /// <exception cref="UnsupportedFeatureException">It is of another kind, or changes what it is given (lower case, say).</exception>
    public static TokenValidity Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (tokenizer.Parts.Model is not BpeModel { Options: var options } model || options.ContinuingPrefix.Length > 0 || options.EndSuffix.Length > 0)
            throw Refused("bytes of a tokenizer that is no plain BPE", "Take a model with a byte-level vocabulary (GPT-2, Llama 3, Qwen, SmolLM2) or SentencePiece's BPE (Llama 2, Mistral).");
        if (IsLossy(tokenizer))
            throw Refused("bytes of a tokenizer that changes its text", "Its normaliser does not keep letters as they are, so that tokens don't tell which bytes stood there.");
        var prefixed = !options.OnBytes && Reads(tokenizer, "a") is [(byte)' ', ..];
        return options.OnBytes ? new ByteLevelValidity(tokenizer, model) : new CharacterValidity(tokenizer, model) { PrefixesBlank = prefixed };
    }

    /// <summary>Whether a token stands for text at all: not where it is a control token or names nothing.</summary>
    /// <param name="id">Any id.</param>
    public abstract bool IsText(int id);

    /// <summary>Whether any text has the token.</summary>
    /// <param name="id">Any id.</param>
    public abstract bool IsReachable(int id);

    /// <summary>Whether merges leave two neighbours apart: what decides wherever the text is not cut between them. Fast.</summary>
    /// <param name="left">A token that is reachable.</param>
    /// <param name="right">A token that is reachable.</param>
    public abstract bool StandApart(int left, int right);

    /// <summary>
    /// Whether a valid list stays valid with a token more, judged by its last token alone where that is nearly certain: neighbours that stay apart can
    /// follow one another (but for a run of blanks and a word), and those that are joined can't where both are letters, or a blank and a letter, so that no cut lies between. Fast.
    /// </summary>
    /// <param name="tail">What the list ends with.</param>
    /// <param name="token">The token.</param>
    public virtual bool NeighbourAllows(TokenTail tail, int token)
    {
        ArgumentNullException.ThrowIfNull(tail);
        if (!IsReachable(token)) return false;
        if (tail.Last < 0 || StandApart(tail.Last, token)) return true;
        var (before, behind) = (Tokenizer.TokenBytes(tail.Last)[^1], Tokenizer.TokenBytes(token)[0]);
        var inside = before == ' ' ? char.IsAsciiLetter((char)behind) : char.IsAsciiLetter((char)before) && char.IsAsciiLetterLower((char)behind);
        return !inside && CanFollow(tail, token);
    }

    /// <summary>Whether a valid list stays valid with a token more.</summary>
    /// <param name="tail">What the list ends with.</param>
    /// <param name="token">The token.</param>
    public abstract bool CanFollow(TokenTail tail, int token);

    /// <summary>The tail of a valid list with a token more that can follow.</summary>
    /// <param name="tail">What the list ends with.</param>
    /// <param name="token">The token.</param>
    public abstract TokenTail Extend(TokenTail tail, int token);

    private static byte[] Reads(Tokenizer tokenizer, string text) => tokenizer.DecodeToBytes(tokenizer.EncodeToIds(text, EncodeOptions.PlainText));

    /// <summary>Whether a character is read as another one.</summary>
    private static bool IsLossy(Tokenizer tokenizer)
    {
        foreach (var rune in Probe.EnumerateRunes())
        {
            var character = Encoding.UTF8.GetBytes(rune.ToString());
            var ids = tokenizer.EncodeToIds(character, EncodeOptions.PlainText);
            if (!ids.Any(tokenizer.IsUnknown) && tokenizer.DecodeToBytes(ids).Any(b => b != ' ' && !character.Contains(b))) return true;
        }

        return false;
    }

    private static UnsupportedFeatureException Refused(string feature, string advice) => new("tokenizer", feature, advice);
}
