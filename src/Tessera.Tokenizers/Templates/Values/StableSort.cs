using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Python's sorted() over template values: stable, by &lt; alone, and an error of a comparison comes out as it is (the framework's sorts wrap
/// it). A bottom-up merge sort; reversed order keeps equal elements in their order, too.
/// </summary>
internal static class StableSort
{
    /// <summary>The order that sorts the keys: indices into them.</summary>
    public static int[] Order(RenderState state, Value[] keys, bool isReversed = false)
    {
        var order = Enumerable.Range(0, keys.Length).ToArray();
        var buffer = new int[order.Length];
        for (long width = 1; width < order.Length; width *= 2)
        {
            state.ChargeElements(order.Length);
            for (long start = 0; start < order.Length; start += 2 * width)
            {
                var middle = (int)Math.Min(start + width, order.Length);
                var end = (int)Math.Min(start + 2 * width, order.Length);
                Merge(state, keys, order, buffer, (int)start, middle, end, isReversed);
            }

            (order, buffer) = (buffer, order);
        }

        return order;
    }

    private static void Merge(RenderState state, Value[] keys, int[] from, int[] to, int start, int middle, int end, bool isReversed)
    {
        var (left, right) = (start, middle);
        for (var i = start; i < end; i++)
        {
            var takesRight = left == middle || (right < end && (isReversed
                ? Comparison.IsLess(state, keys[from[left]], keys[from[right]])
                : Comparison.IsLess(state, keys[from[right]], keys[from[left]])));
            to[i] = takesRight ? from[right++] : from[left++];
        }
    }
}
