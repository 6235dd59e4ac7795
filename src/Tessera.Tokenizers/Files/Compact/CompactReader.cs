using System.Text;
using System.Text.Unicode;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>
/// Reads a tokenizer in the compact form. Sections are read into the arrays that the tokenizer works with; nothing is built from them but
/// what is small. Every number in them is checked: a file can make a strange tokenizer, not one that leaves its arrays.
/// </summary>
internal sealed unsafe class CompactReader : IModelTables
{
    // As in a tokenizer.json.
    private const int MostTokenBytes = 8_192, MostAddedBytes = 4_096;

    private readonly CompactFile _file;
    private readonly string _name;
    private readonly InputLimits _limits;
    private ModelVocabulary? _vocabulary;

    private CompactReader(CompactFile file, string name, InputLimits limits) => (_file, _name, _limits) = (file, name, limits);

    /// <summary>Reads a file.</summary>
    /// <param name="memory">The file; the tokenizer reads in it as long as it lives.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">Bounds.</param>
    /// <exception cref="MalformedInputException">The file breaks the rules of its format.</exception>
    /// <exception cref="UnsupportedFeatureException">It is of another version, or asks for a part that does not exist here.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    public static TokenizerParts Read(FileMemory memory, string name, InputLimits limits)
    {
        var reader = new CompactReader(CompactFile.Open(memory, name), name, limits);
        var parts = CompactSettings.Read(reader._file.Bytes(CompactSection.Settings, limits.MaxJsonBytes).ToArray(), reader, name, limits);
        return parts with { AddedTokens = reader.Added() };
    }

    /// <inheritdoc/>
    public ModelVocabulary? Vocabulary => _vocabulary ??= Scored(Tokens());

    /// <inheritdoc/>
    public BpeModel Bpe(JsonPart part, BpeOptions options)
    {
        var tokens = Tokens();
        var merges = _file.Numbers(CompactSection.Merges, 4L * _limits.MaxArrayLength);
        if (merges.Count % 4 != 0) throw _file.Wrong(CompactSection.Merges, "four numbers a merge are expected");
        Dictionary<int, int>? pseudo = null;
        if (_file.Has(CompactSection.PseudoSymbols)) pseudo = Pseudo(tokens.Size);
        return new BpeModel(tokens, new MergeLookup(new CompactMerges(merges, tokens, pseudo, options.ContinuingPrefix.Length, _file)), options, pseudo);
    }

    private Vocabulary Tokens()
    {
        var starts = _file.Numbers(CompactSection.TokenStarts, _limits.MaxVocabulary + 1L);
        if (starts.Count == 0) throw _file.Wrong(CompactSection.TokenStarts, "the end of the last token is missing");
        var bytes = _file.BytesInPlace(CompactSection.TokenBytes, int.MaxValue);
        var (count, previous) = (starts.Count - 1, 0);
        foreach (var start in starts.Span)
        {
            if ((uint)(start - previous) > MostTokenBytes) throw Apart(previous, start);
            previous = start;
        }

        if (starts.Span[0] != 0 || previous != bytes.Count) throw _file.Wrong(CompactSection.TokenStarts, $"tokens from {starts.Span[0]} to {previous} in {bytes.Count} bytes");
        FixedNumbers? ids = null;
        int[]? literals = null;
        if (_file.Has(CompactSection.TokenIds))
        {
            ids = _file.Numbers(CompactSection.TokenIds, _limits.MaxVocabulary);
            if (ids.Count != count) throw _file.Wrong(CompactSection.TokenIds, $"{ids.Count} ids for {count} tokens");
            foreach (var id in ids.Span)
            {
                if (id < 0 || id >= _limits.MaxVocabulary) throw _file.Wrong(CompactSection.TokenIds, $"id {id}; the limit is {_limits.MaxVocabulary}");
            }
        }

        if (_file.Has(CompactSection.TokenLiterals))
        {
            literals = _file.Numbers(CompactSection.TokenLiterals, count).Span.ToArray();
            for (var i = 0; i < literals.Length; i++)
            {
                if (literals[i] < 0 || literals[i] >= count || i > 0 && literals[i] <= literals[i - 1]) throw _file.Wrong(CompactSection.TokenLiterals, "places are ascending and below the number of tokens");
            }
        }

        return new Vocabulary(bytes, starts, ids, literals, Table(count), Seed());
    }

    private TesseraException Apart(int start, int next) => next < start
        ? _file.Wrong(CompactSection.TokenStarts, $"{next} behind {start}")
        : new ResourceLimitException("bytes of a token", (long)next - start, MostTokenBytes);

    /// <summary>The table, whose slots are checked where they are used.</summary>
    private FixedNumbers Table(int count)
    {
        var length = Tokenizers.Vocabulary.TableLength(count);
        var table = _file.Numbers(CompactSection.TokenTable, length);
        return table.Count == length ? table : throw _file.Wrong(CompactSection.TokenTable, $"{table.Count} slots for {count} tokens; {length} are expected");
    }

    private ulong Seed()
    {
        var seed = _file.Numbers(CompactSection.TokenSeed, 2);
        return seed.Count == 2 ? *(ulong*)seed.First : throw _file.Wrong(CompactSection.TokenSeed, "eight bytes are expected");
    }

    private ModelVocabulary Scored(Vocabulary tokens)
    {
        if (!_file.Has(CompactSection.Scores)) return new ModelVocabulary(tokens, null);
        var scores = _file.Doubles(CompactSection.Scores, _limits.MaxVocabulary);
        if (scores.Length != tokens.Count || tokens.Ids.Length > 0) throw _file.Wrong(CompactSection.Scores, $"{scores.Length} scores for {tokens.Count} tokens, which have the ids 0, 1, 2, …");
        foreach (var score in scores)
        {
            if (!double.IsFinite(score)) throw _file.Wrong(CompactSection.Scores, "a score is not finite");
        }

        if (!_file.Has(CompactSection.Searched)) return new ModelVocabulary(tokens, scores);
        var marks = _file.Bytes(CompactSection.Searched, scores.Length);
        if (marks.Length != scores.Length) throw _file.Wrong(CompactSection.Searched, $"{marks.Length} marks for {scores.Length} tokens");
        var searched = new bool[marks.Length];
        for (var i = 0; i < marks.Length; i++) searched[i] = marks[i] != 0;
        return new ModelVocabulary(tokens, scores, searched);
    }

    private Dictionary<int, int> Pseudo(int size)
    {
        var numbers = _file.Numbers(CompactSection.PseudoSymbols, 2L * 0x110000).Span;
        if (numbers.Length % 2 != 0) throw _file.Wrong(CompactSection.PseudoSymbols, "a character without its symbol");
        var symbols = new Dictionary<int, int>(numbers.Length / 2);
        for (var i = 0; i < numbers.Length; i += 2)
        {
            if (!Rune.IsValid(numbers[i]) || numbers[i + 1] != size + i / 2 || !symbols.TryAdd(numbers[i], numbers[i + 1]))
                throw _file.Wrong(CompactSection.PseudoSymbols, $"character {numbers[i]} as symbol {numbers[i + 1]}; symbols count from {size} on");
        }

        return symbols;
    }

    private AddedToken[] Added()
    {
        if (!_file.Has(CompactSection.AddedTokens)) return [];
        var numbers = _file.Numbers(CompactSection.AddedTokens, 3L * _limits.MaxVocabulary).Span;
        var text = _file.Bytes(CompactSection.AddedText, (long)MostAddedBytes * _limits.MaxVocabulary);
        if (numbers.Length % 3 != 0) throw _file.Wrong(CompactSection.AddedTokens, "three numbers a token are expected");
        var (tokens, start) = (new AddedToken[numbers.Length / 3], 0);
        for (var i = 0; i < tokens.Length; i++)
        {
            var (id, switches, end) = (numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]);
            if (id < 0 || id >= _limits.MaxVocabulary || (uint)switches > 31) throw _file.Wrong(CompactSection.AddedTokens, $"token {i} with id {id} and switches {switches}");
            if (end <= start || end > text.Length || end - start > MostAddedBytes) throw _file.Wrong(CompactSection.AddedTokens, $"token {i} from {start} to {end} in {text.Length} bytes");
            var content = text[start..end];
            if (!Utf8.IsValid(content)) throw _file.Wrong(CompactSection.AddedText, $"token {i} is not UTF-8");
            tokens[i] = new AddedToken(id, Utf8Text.ToUtf16(content))
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
