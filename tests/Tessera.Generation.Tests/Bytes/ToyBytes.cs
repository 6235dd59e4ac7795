using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tessera.Tokenizers;

namespace Tessera.Generation.Tests.Bytes;

/// <summary>Small vocabularies over bytes with random laws, and byte probabilities from them by enumeration of all lists of tokens.</summary>
internal sealed class ToyBytes
{
    private readonly ulong _seed;

    private ToyBytes(Tokenizer tokenizer, int size, ulong seed)
    {
        (Tokenizer, _seed, EndId) = (tokenizer, seed, size);
        Decoder = new FakeDecoder(size + 2, 64, Law);
        Vocabulary = new ByteVocabulary(tokenizer, [EndId], size + 2);
    }

    public Tokenizer Tokenizer { get; }

    /// <summary>The end's token; the one behind it begins texts and is never drawn.</summary>
    public int EndId { get; }

    public int BeginId => EndId + 1;

    public FakeDecoder Decoder { get; }

    public ByteVocabulary Vocabulary { get; }

    public ByteModel Model(ByteValidity validity = ByteValidity.Exact, IDecoder? decoder = null) =>
        new(Vocabulary, () => new DecoderTree(decoder ?? Decoder), new ByteModelOptions { Validity = validity, Context = [BeginId] });

    /// <summary>A vocabulary of letters and random merges of them, joined into tokens of six bytes at most.</summary>
    public static ToyBytes Random(ulong seed, string alphabet = "ab", int merges = 6, bool regex = false, bool ignoreMerges = false)
    {
        var tokens = alphabet.Select(static c => c switch { ' ' => "\u0120", '\n' => "\u010a", _ => c.ToString() }).ToList();
        var pairs = new List<(string, string)>();
        for (uint draw = 0; pairs.Count < merges && draw < 1000; draw++)
        {
            var key = new RandomKey(seed, 0, draw, RandomPurpose.Initialise);
            var (left, right) = (tokens[key.Below(tokens.Count)], tokens[key.Below(tokens.Count, 1)]);
            if (tokens.Contains(left + right) || (left + right).Length > 6 || regex && (left + right).LastIndexOf('\u0120') > 0) continue;
            tokens.Add(left + right);
            pairs.Add((left, right));
        }

        return Of([.. tokens], [.. pairs], seed, regex, ignoreMerges);
    }

    /// <summary>A byte-level vocabulary in GPT-2's alphabet.</summary>
    public static ToyBytes Of(string[] tokens, (string Left, string Right)[] merges, ulong seed = 1, bool regex = false, bool ignoreMerges = false)
    {
        var vocabulary = new JsonObject();
        for (var id = 0; id < tokens.Length; id++) vocabulary[tokens[id]] = id;
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = regex };
        var tokenizer = Tokenizer.FromJson(JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["version"] = "1.0", ["added_tokens"] = new JsonArray(), ["normalizer"] = null, ["pre_tokenizer"] = byteLevel, ["post_processor"] = null, ["decoder"] = byteLevel.DeepClone(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE", ["ignore_merges"] = ignoreMerges, ["vocab"] = vocabulary, ["merges"] = new JsonArray([.. merges.Select(static m => (JsonNode)new JsonArray(m.Left, m.Right))]),
            },
        }));
        return new ToyBytes(tokenizer, tokens.Length, seed);
    }

    /// <summary>A tokenizer that was made elsewhere.</summary>
    public static ToyBytes Of(Tokenizer tokenizer, ulong seed = 1) => new(tokenizer, tokenizer.VocabularySize, seed);

    /// <summary>P(text) by enumeration: the law is cut to lists that are what their own text is tokenized into.</summary>
    public double Enumerate(ReadOnlySpan<byte> text) => Enumerate([], text.ToArray());

    /// <summary>The law of the next token behind a list, cut and normalised; the end's is the last.</summary>
    public double[] CutLaw(int[] list)
    {
        var row = new float[EndId + 2];
        Law([BeginId, .. list], row);
        var law = new double[EndId + 1];
        for (var id = 0; id <= EndId; id++) law[id] = id == EndId || IsValid([.. list, id]) ? Math.Exp(row[id]) : 0;
        var sum = law.Sum();
        return Array.ConvertAll(law, p => p / sum);
    }

    public bool IsValid(int[] list) => Tokenizer.EncodeToIds(Tokenizer.DecodeToBytes(list), EncodeOptions.PlainText).AsSpan().SequenceEqual(list);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private double Enumerate(int[] list, byte[] text)
    {
        var covered = Tokenizer.DecodeToBytes(list);
        var shared = Math.Min(covered.Length, text.Length);
        if (!covered.AsSpan(0, shared).SequenceEqual(text.AsSpan(0, shared))) return 0;
        if (covered.Length >= text.Length) return 1;
        var law = CutLaw(list);
        var sum = 0.0;
        for (var id = 0; id < EndId; id++)
        {
            if (law[id] > 0) sum += law[id] * Enumerate([.. list, id], text);
        }

        return sum;
    }

    // A law of the last two tokens and how many there are, so that nothing is alike.
    private void Law(ReadOnlySpan<int> history, Span<float> row)
    {
        var state = (uint)(history[^1] + 131 * (history.Length > 1 ? history[^2] : 0) + 7919 * history.Length);
        for (var id = 0; id < row.Length; id++) row[id] = (float)(2 * new RandomKey(_seed, state, (uint)id, RandomPurpose.Sample).Normal());
    }
}
