using System.Numerics.Tensors;
using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>
/// Token Recycling's official loop on a toy model, step by step: trees, accepted lengths, the matrix. That loop runs the prompt's last token as the
/// first root, and does not learn from its last step.
/// </summary>
internal sealed class RecyclingRunReader : IGoldenReader
{
    private const string Undefined = "which of several equal tokens writes its row of the matrix is undefined in the reference";

    public bool Covers(GoldenFile file, GoldenCase @case) => file.Method == "token-recycling" && @case.Has("input") && @case.Input.Find("kind")?.AsString() == "run";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var (byToken, byPosition) = (input["A"].AsDoubleRows(), input["B"].AsDoubleRows());
        var vocabulary = byToken.Length;
        var decoder = new FakeDecoder(vocabulary, 4096, (history, row) =>
        {
            var (a, b) = (byToken[history[^1]], byPosition[(history.Length - 1) % byPosition.Length]);
            for (var i = 0; i < row.Length; i++) row[i] = (float)a[i] + (float)b[i];
        });
        var given = input["M"].AsIntRows();
        var matrix = new AdjacencyMatrix(vocabulary, given[0].Length);
        for (var token = 0; token < vocabulary; token++) matrix.Set(token, given[token]);
        var draft = new RecycledDraft(TemplateOf(input["template"]), new CandidateRanking(matrix, null));

        var prompt = input["prompt"].AsInts();
        var most = input["max_new_tokens"].AsInt();
        var comparable = expected["M_comparable"].AsBool();
        var steps = expected["steps"].Items.ToArray();
        var text = prompt.ToList();
        var lengths = new List<int>();
        using var sequence = decoder.NewSequence();
        if (prompt.Length > 1) sequence.RunAsync(prompt.AsMemory(0, prompt.Length - 1), cancellationToken).AsTask().GetAwaiter().GetResult();
        while (true)
        {
            draft.Fill(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(text), int.MaxValue, int.MaxValue);
            // Without a comparable matrix only the first tree is pinned.
            if (lengths.Count < steps.Length) Compare(steps[lengths.Count], check, draft, matrix, sequence.Tokens.Length, comparable || lengths.Count == 0);
            var rows = sequence.RunTreeAsync(draft.Tokens, draft.Parents, cancellationToken).AsTask().GetAwaiter().GetResult();
            int next;
            do
            {
                next = TensorPrimitives.IndexOfMax(rows.Span.Slice(draft.Row * vocabulary, vocabulary));
            }
            while (draft.Advance(next));
            sequence.CommitPath(draft.Path);
            lengths.Add(draft.Path.Length);
            if (lengths.Count <= steps.Length && steps[lengths.Count - 1]["accepted_length_with_root"] is var length)
            {
                if (comparable) check.Equal(length, draft.Path.Length);
                else length.Waive(Undefined);
            }

            text = [.. sequence.Tokens];
            if (text.Count - prompt.Length > most) break; // the official loop counts the accepted tokens, its first root among the prompt's
            draft.Learn(rows.Span);
            text.Add(next);
        }

        var whole = expected["sequence"].AsInts();
        if (comparable)
        {
            check.SameIds(expected["sequence"], sequence.Tokens);
            check.SameIds(expected["accepted_lengths"], [.. lengths]);
        }
        else
        {
            // Where the last step ends depends on what it accepts; the tokens do not.
            var common = Math.Min(whole.Length, sequence.Tokens.Length);
            check.That(common >= prompt.Length + most && sequence.Tokens[..common].SequenceEqual(whole.AsSpan(0, common)), expected["sequence"].Path, string.Join(',', whole), string.Join(',', sequence.Tokens.ToArray()));
            expected["accepted_lengths"].Waive(Undefined);
        }

        if (expected.Find("M_after") is { } after) CompareMatrix(after, check, matrix, comparable);
    }

    private static void Compare(GoldenValue step, GoldenCheck check, RecycledDraft draft, AdjacencyMatrix matrix, int length, bool pinned)
    {
        if (pinned) check.SameIds(step["tree_tokens"], draft.Tokens.Span);
        else step["tree_tokens"].Waive(Undefined);
        if (step.Find("M_before") is { } before) CompareMatrix(before, check, matrix, pinned);
        var parents = draft.Parents.ToArray();
        var paths = new List<int[]>();
        for (var row = 0; row < parents.Length; row++) paths.Add(parents[row] < 0 ? [row] : [.. paths[parents[row]], row]);
        if (step.Find("positions") is { } positions) check.SameIds(positions, [.. paths.Select(p => length + p.Length - 1)]);
        if (step.Find("visible") is not { } visible) return;
        var rows = visible.AsIntRows();
        for (var row = 0; row < rows.Length; row++) check.That(rows[row].SequenceEqual(paths[row]), $"{visible.Path}[{row}]", string.Join(',', rows[row]), string.Join(',', paths[row]));
    }

    private static void CompareMatrix(GoldenValue expected, GoldenCheck check, AdjacencyMatrix matrix, bool pinned)
    {
        var rows = expected.AsIntRows();
        for (var token = 0; token < rows.Length && pinned; token++)
        {
            var row = matrix[token].ToArray();
            check.That(rows[token].SequenceEqual(row), $"{expected.Path}[{token}]", string.Join(',', rows[token]), string.Join(',', row));
        }
    }

    // The paper's tree goes by its name.
    private static DraftTemplate TemplateOf(GoldenValue template) => template.Kind != System.Text.Json.JsonValueKind.String ? DraftTemplate.FromPaths(template.AsIntRows())
        : template.AsString() == "2.2.2" ? DraftTemplate.Paper
        : throw new NotCoveredException($"an unknown tree {template.AsString()}");
}
