using System.Globalization;
using System.IO.Compression;
using System.Text;
using FastBertTokenizer;
using Microsoft.ML.Tokenizers;
using SharpToken;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Tiktoken;
using HuggingFace = Tokenizers.DotNet.Tokenizer;

namespace Tessera.Tokenizers.Measure;

/// <summary>The peers of each vocabulary, this library first. Vocabularies come from the real rank files, or from a file.</summary>
internal static class Peers
{
    private static readonly EncodeOptions s_plain = new() { AddSpecialTokens = false, ParseSpecial = false };

    /// <summary>The vocabularies that need no file.</summary>
    public static IReadOnlyList<string> Vocabularies { get; } = ["o200k_base", "cl100k_base"];

    /// <summary>The tokenizer.json of all-MiniLM-L6-v2; null where it is not there.</summary>
    public static string? MiniLm => Texts.Shared("models", "all-minilm-l6-v2", "tokenizer.json");

    /// <summary>The peers of a vocabulary: a name of <see cref="Vocabularies"/>, or the tokenizer.json of a BERT.</summary>
    public static IReadOnlyList<IPeer> Of(string vocabulary)
    {
        if (!Vocabularies.Contains(vocabulary)) return Bert(vocabulary);
        var encoding = vocabulary == "o200k_base" ? TiktokenEncoding.O200kBase : TiktokenEncoding.Cl100kBase;
        var (model, assembly) = vocabulary == "o200k_base" ? ("gpt-4o", "Microsoft.ML.Tokenizers.Data.O200kBase") : ("gpt-4", "Microsoft.ML.Tokenizers.Data.Cl100kBase");
        var tessera = Tokenizer.FromTiktoken(Ranks(assembly, vocabulary), encoding);
        var microsoft = TiktokenTokenizer.CreateForModel(model);
        var sharp = GptEncoding.GetEncoding(vocabulary);
        var hugging = new HuggingFace(Written(tessera));
        return
        [
            new Peer("Tessera", text => tessera.EncodeToIds(text, s_plain)),
            new Peer("Microsoft.ML.Tokenizers", text => microsoft.EncodeToIds(text)),
            new Peer("SharpToken", text => sharp.Encode(text)),
            new Peer("Tokenizers.DotNet", text => Array.ConvertAll(hugging.Encode(text), static id => (int)id)),
        ];
    }

    private static IPeer[] Bert(string file)
    {
        var tessera = Tokenizer.Load(file);
        var vocabulary = new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, tessera.VocabularySize).Select(id => tessera.IdToToken(id) + "\n"))));
        var microsoft = Microsoft.ML.Tokenizers.BertTokenizer.Create(vocabulary, new BertOptions { RemoveNonSpacingMarks = true });
        var fast = new FastBertTokenizer.BertTokenizer();
        using (var stream = File.OpenRead(file)) fast.LoadTokenizerJson(stream);
        var (ids, mask) = (new long[1 << 22], new long[1 << 22]);
        return
        [
            new Peer("Tessera", text => tessera.EncodeToIds(text)),
            new Peer("Microsoft.ML.Tokenizers", text => microsoft.EncodeToIds(text)),
            new Peer("FastBertTokenizer", text =>
            {
                var result = new int[fast.Encode(text, ids, mask)];
                for (var i = 0; i < result.Length; i++) result[i] = (int)ids[i];
                return result;
            }),
        ];
    }

    /// <summary>A rank file as its package holds it: deflated, a line that says how many tokens there are, tokens in base64, the rank left out where it is the line's number.</summary>
    private static byte[] Ranks(string assembly, string vocabulary)
    {
        using var packed = System.Reflection.Assembly.Load(assembly).GetManifestResourceStream(vocabulary + ".tiktoken.deflate") ?? throw new InvalidOperationException($"{assembly} has no {vocabulary}");
        using var reader = new StreamReader(new DeflateStream(packed, CompressionMode.Decompress));
        var (ranks, rank) = (new StringBuilder(), 0);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line.StartsWith("Capacity", StringComparison.Ordinal)) continue;
            ranks.Append(line.Contains(' ', StringComparison.Ordinal) ? line : string.Create(CultureInfo.InvariantCulture, $"{line} {rank}")).Append('\n');
            rank++;
        }

        return Encoding.ASCII.GetBytes(ranks.ToString());
    }

    private static string Written(Tokenizer tokenizer)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("tessera-measure-").FullName, "tokenizer.json");
        TokenizerJsonWriter.Write(tokenizer, path);
        return path;
    }

    private sealed class Peer(string name, Func<string, IReadOnlyList<int>> encode) : IPeer
    {
        public string Name => name;

        public IReadOnlyList<int> Encode(string text) => encode(text);
    }
}
