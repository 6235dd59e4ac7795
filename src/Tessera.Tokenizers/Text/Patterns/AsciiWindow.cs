using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// Sixty-four bytes of text from the start of a piece on, as bit masks of their classes, bit i for byte i, and the rules that patterns share
/// as arithmetic on such masks: where pieces start is told for all 64 bytes at once, without a branch for each. A rule looks back by a shift
/// to the left; what it cannot know, since it lies behind the window or is not ASCII, <see cref="Known"/> takes out.
/// </summary>
internal readonly unsafe ref struct AsciiWindow
{
    /// <summary>The number of bytes.</summary>
    public const int Size = 64;

    /// <summary>Fewer bytes of ASCII than this are cut sooner one by one.</summary>
    public const int Fewest = 12;

    private readonly ref byte _at;
    private readonly Vector512<sbyte> _bytes;

    /// <summary>Loads the bytes at a place that has as many behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AsciiWindow(ref byte at)
    {
        _at = ref at;
        _bytes = Vector512.LoadUnsafe(ref at).AsSByte();
        Ascii = UpTo(_bytes.ExtractMostSignificantBits());
    }

    /// <summary>The end of a text, shorter than a window: what is behind it counts as not ASCII, so that its last piece is not known.</summary>
    /// <param name="text">The text.</param>
    /// <param name="memory">As many bytes as a window has.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static AsciiWindow OfTail(ReadOnlySpan<byte> text, byte* memory)
    {
        Vector512.Create(byte.MaxValue).Store(memory);
        text.CopyTo(new Span<byte>(memory, Size));
        return new AsciiWindow(ref *memory);
    }

    /// <summary>The bytes before the first that is not ASCII.</summary>
    public ulong Ascii { get; }

    /// <summary>Whether there is enough ASCII to be worth it.</summary>
    public bool IsWorthIt
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Ascii >> Fewest != 0;
    }

    /// <summary>A to Z and a to z.</summary>
    public ulong Letters
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes | Vector512.Create((sbyte)0x20), 'z', 26);
    }

    /// <summary>A to Z.</summary>
    public ulong Upper
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes, 'Z', 26);
    }

    /// <summary>0 to 9.</summary>
    public ulong Digits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes, '9', 10);
    }

    /// <summary>Tab to CR, and the blank.</summary>
    public ulong Spaces
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes, '\r', 5) | Of(' ');
    }

    /// <summary>CR and LF.</summary>
    public ulong Lines
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Of('\r') | Of('\n');
    }

    /// <summary>Control characters, those that are white space too.</summary>
    public ulong Controls
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes, (char)0x1F, 32) | Of((char)0x7F);
    }

    /// <summary>A byte.</summary>
    public byte this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref _at, index);
    }

    /// <summary>One character of ASCII.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(char character) => Vector512.Equals(_bytes, Vector512.Create((sbyte)character)).ExtractMostSignificantBits();

    /// <summary>All bits below the lowest that is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong UpTo(ulong mask) => (mask & (0 - mask)) - 1;

    /// <summary>Where runs of symbols start that have no blank before them: each may lead a word, if it is one symbol alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Leads(ulong symbols) => symbols & ~((symbols | Of(' ')) << 1);

    /// <summary>Line ends that belong to the symbols right before them, <c>[^\s\p{L}\p{N}]+[\r\n]*</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong LinesBehind(ulong symbols, ulong lines) => lines & ~(lines + (symbols << 1 & lines));

    /// <summary>Where white space starts by <c>\s*[\r\n]+|\s+(?!\S)|\s+</c>: each run, what is behind its last line end, and its last character, which may lead what follows.</summary>
    /// <param name="spaces">White space less what belongs to symbols.</param>
    /// <param name="lines">Line ends, all.</param>
    /// <param name="keeps">What the last blank before it does not lead, white space included.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SpacesByLines(ulong spaces, ulong lines, ulong keeps)
    {
        var blanks = spaces & ~lines;
        var behind = blanks & (spaces & lines) << 1;
        var notLast = (blanks + behind) & ~blanks & lines; // line ends right behind such blanks
        return spaces & ~(spaces << 1) | blanks & ~(keeps >> 1) | (notLast == 0 ? behind : LastBehind(behind, notLast));
    }

    /// <summary>Where white space starts by <c>\s+(?!\S)|\s+</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SpacesAlone(ulong spaces, ulong keeps) => spaces & ~(spaces << 1) | spaces & ~(keeps >> 1);

    /// <summary>Where numbers of up to so many digits start.</summary>
    /// <param name="digits">The digits.</param>
    /// <param name="most">1 or 3.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Numbers(ulong digits, int most)
    {
        if (most == 1) return digits;
        var starts = digits & ~(digits << 1);
        var behindThree = digits & digits << 1 & digits << 2 & digits << 3;
        return behindThree == 0 ? starts : starts | BehindThrees(starts, behindThree);
    }

    /// <summary>Cuts behind English contractions that are pieces.</summary>
    /// <param name="marks">Apostrophes that start a piece.</param>
    /// <param name="anyCase">Whether capital letters count.</param>
    /// <param name="starts">Starts of pieces; those of contractions' letters go, those behind come.</param>
    /// <param name="known">The bytes whose starts are known, cut behind an apostrophe that has not two of them behind it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CutContractions(ulong marks, bool anyCase, ref ulong starts, ref ulong known)
    {
        for (; marks != 0; marks &= marks - 1)
        {
            var mark = BitOperations.TrailingZeroCount(marks);
            if (known >> mark >> 2 == 0)
            {
                known &= UpTo(marks) << 1 | 1;
                return;
            }

            if (Contraction(mark, anyCase) is > 0 and var bytes) starts = starts & ~(2ul << mark) | 1ul << mark << bytes;
        }
    }

    /// <summary>The length of an English contraction at an apostrophe that has two known bytes behind it; 0 where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Contraction(int apostrophe, bool anyCase)
    {
        var fold = anyCase ? 0x20 : 0;
        var (first, second) = (this[apostrophe + 1] | fold, this[apostrophe + 2] | fold);
        if (first is 's' or 't' or 'm' or 'd') return 2;
        return first is 'r' or 'v' && second == 'e' || first == 'l' && second == 'l' ? 3 : 0;
    }

    /// <summary>What is certain of starts behind the first: not those in white space that goes on to the end of what is known, but for its first.</summary>
    /// <param name="starts">The starts.</param>
    /// <param name="known">The bytes that are known, from the first on.</param>
    /// <param name="spaces">White space.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Known(ulong starts, ulong known, ulong spaces)
    {
        var others = known & ~spaces;
        return others == 0 ? 0 : starts & known & ~1ul & (ulong.MaxValue >> BitOperations.LeadingZeroCount(others) << 1 | 1);
    }

    private static ulong LastBehind(ulong behind, ulong notLast)
    {
        for (; notLast != 0; notLast &= notLast - 1) behind &= ~(1ul << (63 - BitOperations.LeadingZeroCount(behind & UpTo(notLast))));
        return behind;
    }

    private static ulong BehindThrees(ulong starts, ulong behindThree)
    {
        var all = 0ul;
        while ((starts = starts << 3 & behindThree) != 0) all |= starts;
        return all;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong EndsAt(Vector512<sbyte> bytes, char last, int count) => Vector512.GreaterThan(
        bytes + Vector512.Create((sbyte)(0x7F - last)), Vector512.Create((sbyte)(0x7F - count))).ExtractMostSignificantBits();
}
