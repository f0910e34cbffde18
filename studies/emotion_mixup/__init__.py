"""Do mixup, ten raters' votes at full weight, an opened first stage and one pass make a better emotion net?"""
