using System.Text;
using System.Text.Json.Nodes;
using Tessera.Cli.Loading;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;

namespace Tessera.Cli.Commands;

/// <summary>Compares a tokenizer with a peer, and with itself on its other ways to the same ids; keeps the score.</summary>
internal sealed class TokenizerVerification
{
    private const int MostExamples = 5;

    private readonly Tokenizer _tokenizer;
    private readonly Tokenizer? _general;
    private readonly EncodeOptions _options = new() { OffsetUnit = OffsetUnit.Scalar };

    /// <summary>Creates the comparison.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="general">The same with its patterns run by the general engine; null where none are.</param>
    public TokenizerVerification(Tokenizer tokenizer, Tokenizer? general)
    {
        (_tokenizer, _general) = (tokenizer, general);
        IsLossless = tokenizer.Summarize() is { Model: var model, Steps: var steps } && model.Contains("byte-level", StringComparison.Ordinal)
            && !steps.Any(static s => s.Name == "normalizer" || s.Description.Contains("add_prefix_space=true", StringComparison.Ordinal) && s.Name == "pre_tokenizer")
            && !tokenizer.AddedTokens.Any(static t => t.LeftStrip || t.RightStrip);
    }

    /// <summary>Whether every text must come back from its ids as it was.</summary>
    public bool IsLossless { get; }

    /// <summary>Texts compared, by part.</summary>
    public long[] Texts { get; } = new long[3];

    /// <summary>UTF-8 bytes compared, by part.</summary>
    public long[] Bytes { get; } = new long[3];

    /// <summary>Texts on which something differed, by part.</summary>
    public long[] Differences { get; } = new long[3];

    /// <summary>Texts that come back from their ids as they were.</summary>
    public long RoundTrips { get; private set; }

    /// <summary>The first differences, in words.</summary>
    public List<string> Examples { get; } = [];

    /// <summary>Compares one text.</summary>
    /// <param name="part">What it is of its file.</param>
    /// <param name="text">The text.</param>
    /// <param name="peer">What the peer gave; null to compare the tokenizer with itself only.</param>
    public void Compare(TextPart part, string text, (List<int> Ids, List<(int Start, int End)> Offsets)? peer)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var tokens = _tokenizer.EncodeToTokens(text, _options);
        int[] ids = [.. tokens.Select(static t => t.Id)];
        Texts[(int)part]++;
        Bytes[(int)part] += utf8.Length;
        var wrong = new List<string>();
        if (peer is { } other)
        {
            var at = 0;
            while (at < ids.Length && at < other.Ids.Count && ids[at] == other.Ids[at] && tokens[at].Offset.Equals(other.Offsets[at].Start..other.Offsets[at].End)) at++;
            if (at < ids.Length || at < other.Ids.Count) wrong.Add($"token {at}: {Around(tokens, at)}; the peer's {Around(other, at)}");
        }

        if (!_tokenizer.EncodeToIds(text, _options).AsSpan().SequenceEqual(ids)) wrong.Add("EncodeToIds of the string against EncodeToTokens");
        if (!_tokenizer.EncodeToIds(utf8, _options).AsSpan().SequenceEqual(ids)) wrong.Add("EncodeToIds of the bytes against EncodeToTokens");
        if (_tokenizer.CountTokens(text, _options) != ids.Length) wrong.Add("CountTokens against EncodeToTokens");
        if (_general is not null && !_general.EncodeToIds(text, _options).AsSpan().SequenceEqual(ids)) wrong.Add("patterns by the general engine against their scanners");
        if (peer is null)
        {
            var back = _tokenizer.DecodeToBytes(_tokenizer.EncodeToIds(utf8, EncodeOptions.NoSpecials)).AsSpan().SequenceEqual(utf8);
            if (back) RoundTrips++;
            else if (IsLossless) wrong.Add("decoding does not give the text back");
        }

        if (wrong.Count == 0) return;
        Differences[(int)part]++;
        if (Examples.Count < MostExamples) Examples.Add($"{part} {Shown(text)}: {string.Join("; ", wrong)}");
    }

    /// <summary>
    /// The tokenizer with every pattern in brackets, so that the scanners made for known ones do not recognise it; null where the tokenizer can
    /// not be written as tokenizer.json, or has no pattern.
    /// </summary>
    public static Tokenizer? WithoutScanners(Tokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        try
        {
            TokenizerJsonWriter.Write(tokenizer, stream);
        }
        catch (UnsupportedFeatureException)
        {
            return null;
        }

        var json = JsonNode.Parse(stream.ToArray())!.AsObject();
        if (json["pre_tokenizer"] is not JsonObject preTokenizer || !Bracket(preTokenizer, json)) return null;
        return Tokenizer.FromJson(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    private static bool Bracket(JsonObject part, JsonObject root)
    {
        switch ((string?)part["type"])
        {
            case "Sequence":
                var changed = false;
                foreach (var child in part["pretokenizers"]!.AsArray().ToArray()) changed |= Bracket(child!.AsObject(), root);
                return changed;
            case "Split" when part["pattern"]!["Regex"] is { } regex:
                part["pattern"]!["Regex"] = $"(?:{(string?)regex})";
                return true;
            case "ByteLevel" when (bool?)part["use_regex"] is null or true && !(bool)part["add_prefix_space"]!:
                // GPT-2's pattern is a step of its own then.
                part["use_regex"] = false;
                var bytes = part.DeepClone();
                var split = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = $"(?:{Gpt2})" }, ["behavior"] = "Isolated", ["invert"] = false };
                var sequence = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(split, bytes) };
                if (part.Parent is JsonArray parts) parts[parts.IndexOf(part)] = sequence;
                else root["pre_tokenizer"] = sequence;
                return true;
            default:
                return false;
        }
    }

    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static string Around(EncodedToken[] tokens, int at) => string.Join(' ', tokens.Skip(at).Take(4).Select(static t => $"{t.Id} ({t.Offset.Start.Value}-{t.Offset.End.Value})"));

    private static string Around((List<int> Ids, List<(int Start, int End)> Offsets) peer, int at) =>
        string.Join(' ', peer.Ids.Zip(peer.Offsets).Skip(at).Take(4).Select(static t => $"{t.First} ({t.Second.Start}-{t.Second.End})"));

    private static string Shown(string text) => Output.VisibleText.Quote(Encoding.UTF8.GetBytes(text.Length <= 80 ? text : text[..80]));
}
