using System.Runtime.InteropServices;
using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.EqualInfo;

/// <summary>
/// Arithmetic coding as a tokenization: the text is cut where its code under a byte model fills a window of bits, coder and model begin anew with each
/// window, and the window's bits are its tokens. Tokens then carry nearly equal information. Immutable and safe for any number of threads.
/// </summary>
/// <remarks>
/// Where the zeros behind a code begin can't be seen from the bits, so decoding takes each window's number of bytes. <see cref="EqualInfoTable"/> is the
/// form for windows of one 16-bit token that needs none.
/// </remarks>
[Method("equal-info-windows", "Training LLMs over Neurally Compressed Text", "2404.03626", 2024, MethodStage.Tokenizer)]
public sealed class EqualInfoWindows
{
    /// <summary>Longest window, in bytes: a window's count fits in a byte.</summary>
    public const int MaxWindowBytes = 255;

    private readonly IntegerByteModel _model;

    /// <summary>Creates the tokenizer.</summary>
    /// <param name="model">The byte model; part of the tokenizer: another one gives other tokens.</param>
    /// <param name="windowBits">Bits of a window: 16 to 128, a multiple of a token's bits. Default 16.</param>
    /// <param name="vocabularySize">Tokens: 256 (8 bits each) or 65,536 (16 bits each). Default 65,536.</param>
    /// <exception cref="ArgumentException">The sizes are none of these.</exception>
    public EqualInfoWindows(IntegerByteModel model, int windowBits = 16, int vocabularySize = 65_536)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (vocabularySize is not (256 or 65_536)) throw new ArgumentException($"A vocabulary has 256 or 65,536 tokens, not {vocabularySize:N0}.", nameof(vocabularySize));
        TokenBits = vocabularySize == 256 ? 8 : 16;
        (_model, WindowBits) = (model, windowBits);
        // 16 bits hold any byte: in a fresh window it has an aligned interval of 2^−16.
        if (windowBits is < 16 or > 128 || windowBits % TokenBits != 0)
            throw new ArgumentException($"A window has 16 to 128 bits, a multiple of a token's {TokenBits}, not {windowBits}.", nameof(windowBits));
    }

    private EqualInfoWindows(int windowBits, IntegerByteModel model) => (_model, WindowBits) = (model, windowBits);

    /// <summary>Bits of a window.</summary>
    public int WindowBits { get; }

    /// <summary>Bits of a token: 8 or 16.</summary>
    public int TokenBits { get; }

    /// <summary>Tokens that there are.</summary>
    public int VocabularySize => 1 << TokenBits;

    /// <summary>Tokens of a window.</summary>
    public int TokensPerWindow => WindowBits / TokenBits;

    /// <summary>Windows of any width, without tokens: what worked examples use.</summary>
    internal static EqualInfoWindows OfWidth(IntegerByteModel model, int windowBits) => new(windowBits, model);

    /// <summary>Cuts a text into windows, one by one.</summary>
    /// <param name="text">Any bytes.</param>
    public IEnumerable<EqualInfoWindow> Cut(ReadOnlyMemory<byte> text)
    {
        var starts = new WindowStarts(_model);
        for (var at = 0; at < text.Length;)
        {
            var window = Next(text.Span[at..], at, starts);
            yield return window;
            at += window.Length;
        }
    }

    /// <summary>The tokens of a window, the first bits first.</summary>
    /// <param name="window">The window.</param>
    public int[] IdsOf(EqualInfoWindow window)
    {
        var ids = new int[TokensPerWindow];
        for (var i = 0; i < ids.Length; i++) ids[i] = (int)(uint)(window.Code >> (WindowBits - (i + 1) * TokenBits) & (uint)(VocabularySize - 1));
        return ids;
    }

    /// <summary>The tokens of a text, and how many bytes each window holds.</summary>
    /// <param name="text">Any bytes.</param>
    /// <returns>The tokens, <see cref="TokensPerWindow"/> for each window, the first bits first; and a count for each window.</returns>
    public (int[] Ids, byte[] Counts) Encode(ReadOnlyMemory<byte> text)
    {
        var (ids, counts) = (new List<int>(), new List<byte>());
        foreach (var window in Cut(text))
        {
            ids.AddRange(IdsOf(window));
            counts.Add((byte)window.Length);
        }

        return ([.. ids], [.. counts]);
    }

    /// <summary>The text of tokens. Tokens that no text has give some text of the stated lengths.</summary>
    /// <param name="ids">The tokens.</param>
    /// <param name="counts">The bytes of each window.</param>
    /// <exception cref="MalformedInputException">The numbers of tokens and counts don't fit, a token is outside the vocabulary, or a window has no byte.</exception>
    public byte[] Decode(ReadOnlySpan<int> ids, ReadOnlySpan<byte> counts)
    {
        const string Name = "equal-info windows";
        if (ids.Length % TokensPerWindow != 0 || ids.Length / TokensPerWindow != counts.Length)
            throw new MalformedInputException(Name, "tokens", $"{counts.Length:N0} windows of {TokensPerWindow} tokens were said, {ids.Length:N0} tokens are there");
        var text = new List<byte>();
        var starts = new WindowStarts(_model);
        for (var window = 0; window < counts.Length; window++)
        {
            UInt128 code = 0;
            foreach (var id in ids.Slice(window * TokensPerWindow, TokensPerWindow))
            {
                if ((uint)id >= (uint)VocabularySize) throw new MalformedInputException(Name, $"window {window}", $"token {id} is outside the vocabulary of {VocabularySize:N0}");
                code = code << TokenBits | (uint)id;
            }

            if (counts[window] == 0) throw new MalformedInputException(Name, $"window {window}", "a window holds at least one byte");
            Decode(code, counts[window], starts, text);
        }

        return [.. text];
    }

    private EqualInfoWindow Next(ReadOnlySpan<byte> text, int at, WindowStarts starts)
    {
        var coder = new WindowCoder(WindowBits);
        var (length, used, code) = (0, 0, (UInt128)0);
        for (; length < Math.Min(text.Length, MaxWindowBytes); length++)
        {
            var (after, symbol) = (starts.After(text[..length]), text[length]);
            if (!coder.TryTake(after[symbol], after[symbol + 1] - after[symbol])) break;
            var shortest = coder.Shortest();
            if (shortest.Bits > WindowBits) break;
            (used, code) = shortest;
        }

        return new EqualInfoWindow(at, length, code << (WindowBits - used), used);
    }

    private void Decode(UInt128 code, int count, WindowStarts starts, List<byte> text)
    {
        var coder = new WindowCoder(WindowBits);
        var number = code << (coder.Width - WindowBits);
        var first = text.Count;
        for (var i = 0; i < count; i++)
        {
            var after = starts.After(CollectionsMarshal.AsSpan(text)[first..]);
            var symbol = coder.Find(number, after);
            coder.TryTake(after[symbol], after[symbol + 1] - after[symbol]);
            text.Add((byte)symbol);
        }
    }
}
