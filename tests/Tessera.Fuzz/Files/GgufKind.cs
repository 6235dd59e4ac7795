using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Fuzz;

/// <summary>GGUF containers: opened, every metadata value decoded, rows of every tensor widened.</summary>
internal sealed class GgufKind : IFuzzKind
{
    private const string FileName = "fuzz.gguf";

    public string Name => "gguf";

    public string Description => "opens a GGUF file, decodes all metadata, widens the first and last row of every tensor";

    public byte[] Make(FuzzDice dice)
    {
        var picture = GgufSeeds.Make(dice);
        var mutations = 1 + dice.Below(3);
        for (var i = 0; i < mutations; i++) GgufMutations.Apply(picture, dice);
        if (dice.Chance(0.5)) picture.Repair(); // so that what is odd but possible gets as far as the data
        return picture.Write(dice);
    }

    public unsafe void Use(FuzzInput input)
    {
        using var file = GgufFile.Open(MappedFile.OverMemory(FileName, input.Pointer, input.Length));
        foreach (var key in file.Metadata.Keys) Decode(file.Metadata[key]);
        TensorUse.Touch(file);
    }

    // A key begins with general., llama., tokenizer. or test.; a tensor with blk., token_embd or output. What mutations made of a name
    // counts as metadata, so that the share of deep inputs is at least what is reported.
    public FuzzStage StageOf(TesseraException refusal)
    {
        if (refusal is UnsupportedFeatureException unsupported) return unsupported.Feature.Contains("of tensor", StringComparison.Ordinal) ? FuzzStage.Table : FuzzStage.Header;
        if (refusal is not MalformedInputException { Place: var place, Reason: var reason }) return FuzzStage.Metadata;
        if (reason.StartsWith("the data starts", StringComparison.Ordinal) || reason.Contains("lie outside the file", StringComparison.Ordinal) && IsTensor(place)) return FuzzStage.Data;
        if (IsTensor(place)) return FuzzStage.Table;
        return place is "magic" or "version" or "tensor count" or "metadata key count" ? FuzzStage.Header : FuzzStage.Metadata;
    }

    private static bool IsTensor(string place) => place != "tensor count"
        && (place.StartsWith("blk.", StringComparison.Ordinal) || place.StartsWith("token_embd", StringComparison.Ordinal)
            || place.StartsWith("output", StringComparison.Ordinal) || place.StartsWith("tensor ", StringComparison.Ordinal));

    private static void Decode(GgufValue value)
    {
        _ = value.ToString();
        if (value.Type != GgufValueType.Array) return;
        try
        {
            _ = value.ElementType switch
            {
                GgufValueType.String => value.AsStrings().Length,
                GgufValueType.Bool => value.AsBools().Length,
                GgufValueType.Float32 or GgufValueType.Float64 => value.AsFloats().Length,
                _ => value.AsInt32s().Length,
            };
        }
        catch (MalformedInputException e) when (e.Reason.Contains("is outside", StringComparison.Ordinal))
        {
            // a 64-bit number that does not fit the 32 bits asked for: the caller's choice, not the file's fault
        }
    }
}
