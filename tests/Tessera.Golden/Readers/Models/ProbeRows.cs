using Tessera.Models.Attention;

namespace Tessera.Golden;

/// <summary>The rows of one sequence in a probe's pass.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="Positions">Their positions; null for 0, 1, 2 …</param>
/// <param name="Visibility">Which rows each of them sees; null for the model's own.</param>
/// <param name="TokenTypes">Their token types; null for zeros.</param>
internal sealed record ProbeRows(int[] Ids, int[]? Positions = null, RowVisibility? Visibility = null, int[]? TokenTypes = null)
{
    /// <summary>
    /// The sequences of a padded or ragged batch, without the padding: input_ids [batch, time] with attention_mask, position_ids and token_type_ids
    /// where the case has them.
    /// </summary>
    /// <param name="input">The case's input.</param>
    /// <param name="keptRows">The index in the flattened batch of each row that remains, in order.</param>
    public static List<ProbeRows> FromBatch(GoldenValue input, out List<int> keptRows)
    {
        var ids = input["input_ids"].AsIntRows();
        var mask = input.Find("attention_mask")?.AsIntRows();
        var positions = input.Find("position_ids") is { Kind: System.Text.Json.JsonValueKind.Array } given ? given.AsIntRows() : null;
        var types = input.Find("token_type_ids")?.AsIntRows();
        var sequences = new List<ProbeRows>();
        keptRows = [];
        var start = 0;
        for (var b = 0; b < ids.Length; b++)
        {
            var kept = Enumerable.Range(0, ids[b].Length).Where(t => mask is null || mask[b][t] == 1).ToArray();
            keptRows.AddRange(kept.Select(t => start + t));
            start += ids[b].Length;
            sequences.Add(new ProbeRows(Pick(ids[b], kept)!, Pick(positions?[b], kept), null, Pick(types?[b], kept)));
        }

        return sequences;
    }

    private static int[]? Pick(int[]? values, int[] at) => values is null ? null : Array.ConvertAll(at, t => values[t]);
}
