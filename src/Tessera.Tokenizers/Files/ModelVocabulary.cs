using System.Globalization;
using System.Text;

namespace Tessera.Tokenizers.Files;

/// <summary>The vocabulary of a tokenizer.json's model: tokens with their ids, or pieces with their scores, in which case the place is the id.</summary>
/// <param name="Tokens">The tokens.</param>
/// <param name="Scores">The scores by id; null where the file gives ids.</param>
/// <param name="Searched">Which pieces text can become, by id; null for all.</param>
internal sealed record ModelVocabulary(Vocabulary Tokens, double[]? Scores, bool[]? Searched = null)
{
    private const string Place = "$.model.vocab";

    // About how many bytes of JSON a token takes, to make room at once; a wrong guess costs a copy.
    private const int JsonBytesPerToken = 32;

    // From every place in a text the longest token is looked for: its length times the text's is work.
    private const int MostTokenBytes = 8_192;

    /// <summary>Reads an object of tokens and ids; the cursor stands before it and is left behind it.</summary>
    public static ModelVocabulary Ids(ref JsonCursor cursor, byte[] json, int end, string file, InputLimits limits)
    {
        var builder = Builder(end - cursor.At, limits);
        cursor.Take((byte)'{');
        if (cursor.Take((byte)'}')) return new ModelVocabulary(builder.Build(), null);
        do
        {
            CheckSize(builder.Count, limits);
            if (!cursor.TakeString(out var start, out var inside, out var escaped)) throw Broken(builder, file);
            var length = Take(cursor, builder, json, start, inside, escaped, file);
            if (!cursor.Take((byte)':')) throw Broken(builder, file);
            if (!cursor.TakeCount(out var id)) throw new MalformedInputException(file, Named(builder, length), "an id is a whole number from 0 up");
            if (id >= limits.MaxVocabulary) throw new ResourceLimitException($"ids at {Named(builder, length)} of {file}", id + 1L, limits.MaxVocabulary);
            builder.Add(length, (int)id);
        }
        while (cursor.Take((byte)','));
        return cursor.Take((byte)'}') ? new ModelVocabulary(builder.Build(), null) : throw Broken(builder, file);
    }

    /// <summary>Reads an array of pieces and scores; the cursor stands before it and is left behind it.</summary>
    public static ModelVocabulary Scored(ref JsonCursor cursor, byte[] json, int end, string file, InputLimits limits)
    {
        var builder = Builder(end - cursor.At, limits);
        var scores = new double[64];
        cursor.Take((byte)'[');
        if (cursor.Take((byte)']')) return new ModelVocabulary(builder.Build(), []);
        do
        {
            CheckSize(builder.Count, limits);
            if (!cursor.Take((byte)'[') || !cursor.TakeString(out var start, out var inside, out var escaped)) throw NoPiece(builder, file);
            var length = Take(cursor, builder, json, start, inside, escaped, file);
            if (!cursor.Take((byte)',')) throw NoPiece(builder, file);
            cursor.Peek();
            var number = cursor.At;
            if (builder.Count == scores.Length) Array.Resize(ref scores, 2 * scores.Length);
            if (!cursor.Skip() || !IsNumber(json.AsSpan(number, cursor.At - number), out scores[builder.Count]) || !cursor.Take((byte)']')) throw NoPiece(builder, file);
            builder.Add(length, builder.Count);
        }
        while (cursor.Take((byte)','));
        if (!cursor.Take((byte)']')) throw NoPiece(builder, file);
        return new ModelVocabulary(builder.Build(), scores[..builder.Count]);
    }

    private static VocabularyBuilder Builder(int bytes, InputLimits limits) => new(Math.Min(bytes / JsonBytesPerToken, limits.MaxVocabulary), bytes / 4);

    /// <summary>A finite number as JSON writes it.</summary>
    private static bool IsNumber(ReadOnlySpan<byte> text, out double value)
    {
        // What .NET would read beyond that: signs, points and zeros in front.
        var digits = text.StartsWith("-"u8) ? text[1..] : text;
        value = 0;
        if (digits.Length == 0 || digits[0] is < (byte)'0' or > (byte)'9' || digits[0] == '0' && digits.Length > 1 && digits[1] is >= (byte)'0' and <= (byte)'9') return false;
        if (digits[^1] is < (byte)'0' or > (byte)'9' || digits.IndexOf("."u8) is >= 0 and var point && digits[point + 1] is < (byte)'0' or > (byte)'9') return false;
        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    /// <summary>Copies a string into the builder's room; gives its length in bytes.</summary>
    private static int Take(in JsonCursor cursor, VocabularyBuilder builder, byte[] json, int start, int inside, bool escaped, string file)
    {
        var room = builder.Room(inside);
        if (inside > 6 * MostTokenBytes) throw new ResourceLimitException("bytes of a token", inside, MostTokenBytes);
        var length = inside;
        if (escaped) length = cursor.Unescape(start, inside, room);
        else json.AsSpan(start, inside).CopyTo(room);
        if (length > MostTokenBytes) throw new ResourceLimitException("bytes of a token", length, MostTokenBytes);
        if (length < 0) throw new MalformedInputException(file, Place, $"\"{cursor.Shown(start, inside)}\" is no valid text ({(length == -1 ? "not an escape" : "a lone surrogate")})");
        return length;
    }

    private static void CheckSize(int count, InputLimits limits)
    {
        if (count >= limits.MaxVocabulary) throw new ResourceLimitException("entries of a vocabulary", count + 1L, limits.MaxVocabulary);
    }

    private static string Named(VocabularyBuilder builder, int length) => $"{Place}[\"{Encoding.UTF8.GetString(builder.Room(length))}\"]";

    private static MalformedInputException Broken(VocabularyBuilder builder, string file) => new(file, Place, $"not JSON at entry {builder.Count}");

    private static MalformedInputException NoPiece(VocabularyBuilder builder, string file) => new(file, $"{Place}[{builder.Count}]", "a piece and its finite score are expected");
}
