using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tessera.Generation;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Byte-level tokenizers and models that cases of byte probabilities write out: tokens as bytes, merges as ids, a table or a tiny model.</summary>
internal static class ToyByteModels
{
    /// <summary>The view that a case describes, in a mode.</summary>
    public static ByteModel Of(GoldenCase @case, ByteValidity validity)
    {
        var input = @case.Input;
        var tokenizer = TokenizerOf(input);
        int[] ends = [input["end_id"].AsInt()];
        var model = input["model"];
        if (model.Find("directory") is { } directory)
        {
            var package = @case.File.Shared(directory.AsString(), () => ModelPackage.Load(GoldenModels.NamedFolder(@case.File, directory.AsString())));
            var decoder = new ModelDecoder(package.Language, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact);
            var options = new ByteModelOptions { Validity = validity, Context = model["prefix_ids"].AsInts() };
            return new ByteModel(new ByteVocabulary(tokenizer, ends, decoder.VocabularySize), () => new DecoderTree(decoder), options);
        }

        var table = model["probabilities"].AsDoubleRows();
        return new ByteModel(new ByteVocabulary(tokenizer, ends, table[0].Length), () => new ProbabilityTableTree(table), new ByteModelOptions { Validity = validity });
    }

    /// <summary>The tokenizer.</summary>
    public static Tokenizer TokenizerOf(GoldenValue input)
    {
        var tokens = input["tokens_as_bytes"].AsIntRows().Select(static t => string.Concat(t.Select(static b => Written((byte)b)))).ToArray();
        var vocabulary = new JsonObject();
        for (var id = 0; id < tokens.Length; id++) vocabulary[tokens[id]] = id;
        var merges = new JsonArray([.. input["merges_as_ids"].AsIntRows().Select(m => (JsonNode)new JsonArray(tokens[m[0]], tokens[m[1]]))]);
        var regex = !input["pre_tokenizer"].IsNull;
        if (regex && input["pre_tokenizer"].AsString() != "GPT-2 regex") throw new NotCoveredException("another pre-tokenizer than GPT-2's");
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = regex };
        return Tokenizer.FromJson(JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = byteLevel,
            ["post_processor"] = null,
            ["decoder"] = byteLevel.DeepClone(),
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = merges },
        }));
    }

    // GPT-2's alphabet: bytes that are printable in Latin-1 as they are, the others from U+0100 on.
    private static string Written(byte value)
    {
        static bool IsPrintable(int b) => b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
        return new Rune(IsPrintable(value) ? value : 256 + Enumerable.Range(0, value).Count(static b => !IsPrintable(b))).ToString();
    }
}
