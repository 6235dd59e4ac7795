using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Generation;

/// <summary>
/// Writes conversations down with a model's chat template. Control tokens come from the template alone: a message that spells one out is
/// encoded as plain text, apart from what surrounds it; all other conversations are encoded in one piece, as the model's own tools do it.
/// </summary>
public sealed class TemplateChatFormat : IChatFormat
{
    private readonly ChatTemplate _template;
    private readonly ITextEncoder _encoder;

    /// <summary>Creates a format.</summary>
    /// <param name="template">The model's chat template.</param>
    /// <param name="encoder">The model's tokenizer.</param>
    public TemplateChatFormat(ChatTemplate template, ITextEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(encoder);
        _template = template;
        _encoder = encoder;
    }

    /// <summary>The tokenizer's special tokens by the template's names for them (<c>bos_token</c> …). Default none.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Further variables of the template (<c>enable_thinking</c> …). Default none.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Whether conversations are fitted to what the template can take; see <see cref="ChatTemplateInput.Adapt"/>. Default true.</summary>
    public bool Adapt { get; init; } = true;

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(IReadOnlyList<ChatMessage> messages)
    {
        var rendered = _template.Render(new ChatTemplateInput
        {
            Messages = messages,
            AddGenerationPrompt = true,
            SpecialTokens = SpecialTokens,
            Variables = Variables,
            Adapt = Adapt,
            TrackContent = true,
        });
        var text = rendered.Text;
        var contents = Utf16Ranges(text, rendered.ContentRanges ?? []);
        var ids = new List<int>();
        if (!contents.Exists(range => SpellsControlToken(text.AsSpan(range.Start, range.Length))))
        {
            _encoder.Encode(text, parseControlTokens: true, ids);
            return ids;
        }

        var done = 0;
        foreach (var (start, length) in contents)
        {
            _encoder.Encode(text.AsSpan(done, start - done), parseControlTokens: true, ids);
            _encoder.Encode(text.AsSpan(start, length), parseControlTokens: false, ids);
            done = start + length;
        }

        _encoder.Encode(text.AsSpan(done), parseControlTokens: true, ids);
        return ids;
    }

    private bool SpellsControlToken(ReadOnlySpan<char> text)
    {
        var (parsed, plain) = (new List<int>(), new List<int>());
        _encoder.Encode(text, parseControlTokens: true, parsed);
        _encoder.Encode(text, parseControlTokens: false, plain);
        return !parsed.SequenceEqual(plain);
    }

    /// <summary>Ascending ranges in code points, as (start, length) in UTF-16 units.</summary>
    private static List<(int Start, int Length)> Utf16Ranges(string text, IReadOnlyList<(int Start, int End)> ranges)
    {
        var result = new List<(int, int)>(ranges.Count);
        var (unit, codePoint) = (0, 0);
        int UnitOf(int wanted)
        {
            for (; codePoint < wanted && unit < text.Length; codePoint++)
                unit += char.IsHighSurrogate(text[unit]) && unit + 1 < text.Length && char.IsLowSurrogate(text[unit + 1]) ? 2 : 1;
            return unit;
        }

        foreach (var (start, end) in ranges)
        {
            var from = UnitOf(start);
            result.Add((from, UnitOf(end) - from));
        }

        return result;
    }
}
