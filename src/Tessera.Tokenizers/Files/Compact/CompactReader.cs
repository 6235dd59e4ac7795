using System.Text;
using System.Text.Unicode;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>
/// Reads a tokenizer in the compact form. Sections are read into the arrays that the tokenizer works with; nothing is built from them but
/// what is small. Every number in them is checked: a file can make a strange tokenizer, not one that leaves its arrays.
/// </summary>
internal sealed class CompactReader : IModelTables
{
    // As in a tokenizer.json.
    private const int MostTokenBytes = 8_192, MostAddedBytes = 4_096;

    private readonly CompactFile _file;
    private readonly string _name;
    private readonly InputLimits _limits;
    private ModelVocabulary? _vocabulary;

    private CompactReader(CompactFile file, string name, InputLimits limits) => (_file, _name, _limits) = (file, name, limits);

    /// <summary>Reads a file.</summary>
    /// <param name="stream">The file, seekable.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">Bounds.</param>
    /// <exception cref="MalformedInputException">The file breaks the rules of its format.</exception>
    /// <exception cref="UnsupportedFeatureException">It is of another version, or asks for a part that does not exist here.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    public static TokenizerParts Read(Stream stream, string name, InputLimits limits)
    {
        var reader = new CompactReader(CompactFile.Open(stream, name), name, limits);
        var parts = CompactSettings.Read(reader._file.Read<byte>(CompactSection.Settings, limits.MaxJsonBytes), reader, name, limits);
        return parts with { AddedTokens = reader.Added() };
    }

    /// <inheritdoc/>
    public ModelVocabulary? Vocabulary => _vocabulary ??= Scored(Tokens());

    /// <inheritdoc/>
    public BpeModel Bpe(JsonPart part, BpeOptions options)
    {
        var tokens = Tokens();
        var merges = _file.Read<Merge>(CompactSection.Merges, _limits.MaxArrayLength);
        Dictionary<int, int>? pseudo = null;
        if (_file.Has(CompactSection.PseudoSymbols)) pseudo = Pseudo(tokens.Size);
        CheckMerges(merges, tokens, pseudo, options.ContinuingPrefix.Length);
        return new BpeModel(tokens, new MergeLookup(merges, sorted: true), options, pseudo);
    }

    private Vocabulary Tokens()
    {
        var starts = _file.Read<int>(CompactSection.TokenStarts, _limits.MaxVocabulary + 1L);
        if (starts.Length == 0) throw _file.Wrong(CompactSection.TokenStarts, "the end of the last token is missing");
        var bytes = _file.Read<byte>(CompactSection.TokenBytes, int.MaxValue);
        var (count, previous, longest) = (starts.Length - 1, 0, 0);
        foreach (var start in starts)
        {
            if (start < previous) throw _file.Wrong(CompactSection.TokenStarts, $"{start} behind {previous}");
            longest = Math.Max(longest, start - previous);
            previous = start;
        }

        if (starts[0] != 0 || previous != bytes.Length) throw _file.Wrong(CompactSection.TokenStarts, $"tokens from {starts[0]} to {previous} in {bytes.Length} bytes");
        if (longest > MostTokenBytes) throw new ResourceLimitException("bytes of a token", longest, MostTokenBytes);
        int[]? ids = null, literals = null;
        if (_file.Has(CompactSection.TokenIds))
        {
            ids = _file.Read<int>(CompactSection.TokenIds, _limits.MaxVocabulary);
            if (ids.Length != count) throw _file.Wrong(CompactSection.TokenIds, $"{ids.Length} ids for {count} tokens");
            foreach (var id in ids)
            {
                if (id < 0 || id >= _limits.MaxVocabulary) throw _file.Wrong(CompactSection.TokenIds, $"id {id}; the limit is {_limits.MaxVocabulary}");
            }
        }

        if (_file.Has(CompactSection.TokenLiterals))
        {
            literals = _file.Read<int>(CompactSection.TokenLiterals, count);
            for (var i = 0; i < literals.Length; i++)
            {
                if (literals[i] < 0 || literals[i] >= count || i > 0 && literals[i] <= literals[i - 1]) throw _file.Wrong(CompactSection.TokenLiterals, "places are ascending and below the number of tokens");
            }
        }

        return new Vocabulary(bytes, starts, ids, literals, Table(count));
    }

    private uint[] Table(int count)
    {
        var length = Tokenizers.Vocabulary.TableLength(count);
        var table = _file.Read<uint>(CompactSection.TokenTable, length);
        if (table.Length != length) throw _file.Wrong(CompactSection.TokenTable, $"{table.Length} slots for {count} tokens; {length} are expected");
        var (mask, free) = ((uint)Tokenizers.Vocabulary.EntryMask(count), 0);
        foreach (var slot in table)
        {
            if (slot == 0) free++;
            else if ((slot & mask) - 1 >= (uint)count) throw _file.Wrong(CompactSection.TokenTable, "a slot names no token");
        }

        // A search ends at a free slot.
        return free > 0 ? table : throw _file.Wrong(CompactSection.TokenTable, "no slot is free");
    }

    private ModelVocabulary Scored(Vocabulary tokens)
    {
        if (!_file.Has(CompactSection.Scores)) return new ModelVocabulary(tokens, null);
        var scores = _file.Read<double>(CompactSection.Scores, _limits.MaxVocabulary);
        if (scores.Length != tokens.Count || tokens.Ids.Length > 0) throw _file.Wrong(CompactSection.Scores, $"{scores.Length} scores for {tokens.Count} tokens, which have the ids 0, 1, 2, …");
        foreach (var score in scores)
        {
            if (!double.IsFinite(score)) throw _file.Wrong(CompactSection.Scores, "a score is not finite");
        }

        if (!_file.Has(CompactSection.Searched)) return new ModelVocabulary(tokens, scores);
        var marks = _file.Read<byte>(CompactSection.Searched, scores.Length);
        if (marks.Length != scores.Length) throw _file.Wrong(CompactSection.Searched, $"{marks.Length} marks for {scores.Length} tokens");
        var searched = new bool[marks.Length];
        for (var i = 0; i < marks.Length; i++) searched[i] = marks[i] != 0;
        return new ModelVocabulary(tokens, scores, searched);
    }

    private Dictionary<int, int> Pseudo(int size)
    {
        var numbers = _file.Read<int>(CompactSection.PseudoSymbols, 2L * 0x110000);
        if (numbers.Length % 2 != 0) throw _file.Wrong(CompactSection.PseudoSymbols, "a character without its symbol");
        var symbols = new Dictionary<int, int>(numbers.Length / 2);
        for (var i = 0; i < numbers.Length; i += 2)
        {
            if (!Rune.IsValid(numbers[i]) || numbers[i + 1] != size + i / 2 || !symbols.TryAdd(numbers[i], numbers[i + 1]))
                throw _file.Wrong(CompactSection.PseudoSymbols, $"character {numbers[i]} as symbol {numbers[i + 1]}; symbols count from {size} on");
        }

        return symbols;
    }

    /// <summary>Symbols exist, pairs are in order, and what they become is as long as they are together: bounds of tokens are counted by it.</summary>
    private void CheckMerges(Merge[] merges, Vocabulary tokens, Dictionary<int, int>? pseudo, int prefix)
    {
        var lengths = new int[tokens.Size + (pseudo?.Count ?? 0)];
        for (var id = 0; id < tokens.Size; id++) lengths[id] = tokens[id].Length;
        foreach (var entry in tokens.Literals) lengths[tokens.IdOf(entry)] = -1; // no symbol is ever one of these
        if (pseudo is not null)
        {
            foreach (var (scalar, symbol) in pseudo) lengths[symbol] = Utf8Text.Length(scalar);
        }

        var previous = -1L;
        for (var i = 0; i < merges.Length; i++)
        {
            ref var merge = ref merges[i];
            if ((uint)merge.Left >= (uint)lengths.Length || (uint)merge.Right >= (uint)lengths.Length || (uint)merge.Result >= (uint)tokens.Size || merge.Rank < 0 || merge.Rank == int.MaxValue)
                throw _file.Wrong(CompactSection.Merges, $"merge {i}: {merge}");
            var key = (long)MergeLookup.KeyOf(merge.Left, merge.Right);
            if (key <= previous) throw _file.Wrong(CompactSection.Merges, $"merge {i} is out of order");
            previous = key;
            var (left, right, result) = (lengths[merge.Left], lengths[merge.Right], lengths[merge.Result]);
            if (left >= 0 && right >= 0 && (left == 0 || right <= prefix || result != left + right - prefix)) throw _file.Wrong(CompactSection.Merges, $"merge {i} joins {left} and {right} bytes to {result}");
        }
    }

    private AddedToken[] Added()
    {
        if (!_file.Has(CompactSection.AddedTokens)) return [];
        var numbers = _file.Read<int>(CompactSection.AddedTokens, 3L * _limits.MaxVocabulary);
        var text = _file.Read<byte>(CompactSection.AddedText, (long)MostAddedBytes * _limits.MaxVocabulary);
        if (numbers.Length % 3 != 0) throw _file.Wrong(CompactSection.AddedTokens, "three numbers a token are expected");
        var (tokens, start) = (new AddedToken[numbers.Length / 3], 0);
        for (var i = 0; i < tokens.Length; i++)
        {
            var (id, switches, end) = (numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]);
            if (id < 0 || id >= _limits.MaxVocabulary || (uint)switches > 31) throw _file.Wrong(CompactSection.AddedTokens, $"token {i} with id {id} and switches {switches}");
            if (end <= start || end > text.Length || end - start > MostAddedBytes) throw _file.Wrong(CompactSection.AddedTokens, $"token {i} from {start} to {end} in {text.Length} bytes");
            var content = text.AsSpan(start, end - start);
            if (!Utf8.IsValid(content)) throw _file.Wrong(CompactSection.AddedText, $"token {i} is not UTF-8");
            tokens[i] = new AddedToken(id, Encoding.UTF8.GetString(content))
            {
                SingleWord = (switches & 1) != 0,
                LeftStrip = (switches & 2) != 0,
                RightStrip = (switches & 4) != 0,
                Normalized = (switches & 8) != 0,
                Special = (switches & 16) != 0,
            };
            start = end;
        }

        return tokens;
    }
}
