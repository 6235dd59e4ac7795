using System.Text.Json.Nodes;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Truncation with overflow and padding of batches, over words between [CLS] and [SEP].</summary>
internal sealed class TruncationReader : IGoldenReader
{
    // The template that the file's note gives in words.
    private const string Template = """
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                  {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
         "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}
        """;

    public bool Covers(GoldenFile file, GoldenCase @case) => file.Root.Has("vocabulary") && @case.Has("input") && @case.Input.Has("truncation") && (@case.Input.Has("text") || @case.Input.Has("batch"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var tokenizer = @case.File.Shared("words", () => SmallTokenizers.Words(@case.File, JsonNode.Parse(Template)));
        var options = new EncodeOptions { AddSpecialTokens = input["add_special_tokens"].AsBool(), OffsetUnit = OffsetUnit.Scalar };
        if (expected.Has("error"))
        {
            // A wrong call rather than wrong input: the framework's argument exceptions are right too.
            Refused(check, () => tokenizer.Encode(input["text"].AsString(), Pair(input["pair"]), options with { Truncation = Truncation(input["truncation"]) }));
            expected["error"].Waive("the wording is the reference's own");
            expected["kind"].Waive("the class is the reference's own");
            return;
        }

        options = options with { Truncation = Truncation(input["truncation"]), Padding = input.Find("padding") is { IsNull: false } padding ? Padding(padding) : null };
        if (input.Find("batch") is not { } batch)
        {
            EncodingChecks.Compare(expected, tokenizer.Encode(input["text"].AsString(), Pair(input["pair"]), options), check);
            return;
        }

        var encodings = tokenizer.EncodeBatch(batch.Items.Select(static row => (row[0].AsString(), Pair(row[1]))).ToList(), options, cancellation: cancellationToken);
        var wanted = expected["batch"];
        check.That(wanted.Count == encodings.Count, wanted.Path, $"{wanted.Count} encodings", $"{encodings.Count}");
        for (var i = 0; i < encodings.Count; i++) EncodingChecks.Compare(wanted[i], encodings[i], check);
    }

    private static void Refused(GoldenCheck check, Action attempt)
    {
        try
        {
            attempt();
            check.Fail("expected.error", "refused", "accepted");
        }
        catch (Exception refusal) when (refusal is TesseraException or ArgumentException)
        {
            check.That(refusal.Message.Length > 0, "expected.error", "a reason", "none");
        }
    }

    private static string? Pair(GoldenValue pair) => pair.IsNull ? null : pair.AsString();

    private static TruncationOptions? Truncation(GoldenValue value) => value.IsNull ? null : new TruncationOptions
    {
        MaxLength = value["max_length"].AsInt(), Stride = value["stride"].AsInt(), Left = value["direction"].AsString() == "left",
        Strategy = Enum.Parse<TruncationStrategy>(value["strategy"].AsString().Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
    };

    private static PaddingOptions Padding(GoldenValue value) => new()
    {
        Length = value["length"] is { IsNull: false } length ? length.AsInt() : null, MultipleOf = value.Find("pad_to_multiple_of") is { IsNull: false } multiple ? multiple.AsInt() : null,
        Left = value["direction"].AsString() == "left", PadId = value["pad_id"].AsInt(), PadTypeId = value["pad_type_id"].AsInt(), PadToken = value["pad_token"].AsString(),
    };
}
